/** The proof of a log: a right one is found right, and whatever is changed in it is named with its position. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, firstHash, LogProof, nextHash, type StoredEvent } from '../src/index.ts';

const LOG_ID = '0b9a3a5e-6a0c-4a6e-9d1f-3b1f6c1f2a3b';
const NUMBER_OF_EVENTS = 6;

/** A right log of notes on two streams. */
function rightLog(): StoredEvent[] {
  const events: StoredEvent[] = [];
  let hash = firstHash(LOG_ID);
  for (let position = 1; position <= NUMBER_OF_EVENTS; position++) {
    const content = {
      eventId: `725a5613-b02f-49c8-a471-bf8b81108bd${position}`,
      stream: position % 2 === 0 ? 'even' : 'odd',
      version: Math.ceil(position / 2),
      type: 'Noted',
      schemaVersion: 1,
      data: JSON.stringify({ text: `note ${position}` }),
      metadata: '{"correlationId":"test"}',
      recordedAt: `2026-01-02T03:04:05.67${position}Z`,
    };
    hash = nextHash(hash, position, digestOf(content));
    events.push({ ...content, position, hash });
  }
  return events;
}

function prove(events: StoredEvent[], head = lastOf(events)) {
  const proof = new LogProof(LOG_ID);
  for (const event of events) proof.take(event);
  return proof.finish(head);
}

const lastOf = (events: StoredEvent[]) => ({
  position: events.at(-1)?.position ?? 0,
  hash: events.at(-1)?.hash ?? firstHash(LOG_ID),
});

const changes: [string, (event: StoredEvent) => Partial<StoredEvent>, RegExp][] = [
  ['data', ({ data }) => ({ data: data.replace('note', 'nota') }), /content was changed/],
  ['metadata', () => ({ metadata: '{"correlationId":"tesT"}' }), /content was changed/],
  ['type', () => ({ type: 'Noded' }), /content was changed/],
  ['schemaVersion', () => ({ schemaVersion: 2 }), /content was changed/],
  ['eventId', ({ eventId }) => ({ eventId: eventId.replace('7', '8') }), /content was changed/],
  ['recordedAt', () => ({ recordedAt: '2026-01-02T03:04:05.999Z' }), /content was changed/],
  ['hash', () => ({ hash: Buffer.alloc(32) }), /hash was changed/],
];

describe('the proof of a log', () => {
  it('finds a right one right, an empty one too', () => {
    expect(prove(rightLog())).toEqual([]);
    expect(prove([])).toEqual([]);
  });

  describe.each(changes)('names the event whose %s was changed', (_field, change, sentence) => {
    it.each([1, 3, NUMBER_OF_EVENTS])('at position %i', (position) => {
      const events = rightLog();
      const head = lastOf(events);
      const event = events[position - 1] as StoredEvent;
      events[position - 1] = { ...event, ...change(event) };
      const faults = prove(events, head);
      expect(faults.map((fault) => fault.position)).toEqual([position]);
      expect(faults[0]?.what).toMatch(sentence);
      expect(faults[0]?.what).toContain(`event ${position} `);
    });
  });

  it('names two changed events', () => {
    const events = rightLog();
    const head = lastOf(events);
    for (const index of [1, 4]) events[index] = { ...(events[index] as StoredEvent), data: '{}' };
    expect(prove(events, head).map(({ position }) => position)).toEqual([2, 5]);
  });

  it('names what is missing, in the middle and at the end', () => {
    const events = rightLog();
    const head = lastOf(events);
    expect(prove([...events.slice(0, 2), ...events.slice(3)], head)[0]).toMatchObject({
      position: 4,
      what: 'events 3 to 3 are missing',
    });
    expect(prove(events.slice(0, 5), head)).toMatchObject([
      { what: "the log's head stands at 6, its last event at 5" },
    ]);
  });

  it('knows a log that was written under another id', () => {
    const proof = new LogProof('another');
    const events = rightLog();
    for (const event of events) proof.take(event);
    expect(proof.finish(lastOf(events))[0]).toMatchObject({ position: 1 });
  });

  it('lets no single character of any event change unseen', () => {
    const place = fc.nat(NUMBER_OF_EVENTS - 1);
    const field = fc.constantFrom(
      'eventId' as const,
      'stream' as const,
      'type' as const,
      'data' as const,
      'metadata' as const,
    );
    fc.assert(
      fc.property(place, field, fc.nat(), fc.constantFrom('~', ' ', 'x', '\n'), (index, name, at, character) => {
        const events = rightLog();
        const head = lastOf(events);
        const event = events[index] as StoredEvent;
        const text = event[name];
        const cut = at % text.length;
        const changed = text.slice(0, cut) + character + text.slice(cut + 1);
        fc.pre(changed !== text);
        events[index] = { ...event, [name]: changed };
        return prove(events, head).some(({ position }) => position === index + 1);
      }),
      { seed: 20261123, numRuns: 300 },
    );
  });
});
