/**
 * The stream: readers that are cut off anywhere and go on by their last id, at this gateway or another, beside a tail
 * that forgets; silence, services that are away, and readers that take nothing.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSources, type EventFilter, type WatchedEvent } from '@pocket/contracts';
import { eventually } from '@pocket/testkit';
import { BEGINNING, formatCursor, parseCursor, type Cursor } from '../src/cursor.ts';
import { boundedPace, eventStream } from '../src/event-stream.ts';
import { everything, type FeedFilter } from '../src/feed.ts';
import { Tail, type TailOptions } from '../src/tail.ts';
import { LogWorld, matches } from './log-world.ts';

const RUNS = { seed: 4, numRuns: 40 };
const WITHIN_MS = 5_000;

const endings: AbortController[] = [];
afterEach(() => {
  for (const ending of endings.splice(0)) ending.abort();
});

function tailOf(world: LogWorld, options: Partial<TailOptions> = {}): Tail {
  return new Tail({ readers: world.readers, failed: () => undefined, lookEveryMs: 2, ...options });
}

interface Message {
  id: Cursor;
  event: WatchedEvent | undefined;
}

/** What an EventSource makes of the text; a block without data only moves the id. */
function messageOf(block: string): Message {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const id = parseCursor(field('id') ?? '');
  if (id === undefined) throw new Error(`no id in ${block}`);
  const data = field('data');
  const event = data === undefined ? undefined : (JSON.parse(data) as WatchedEvent);
  expect(field('event')).toBe(event?.type);
  return { id, event };
}

interface Reading {
  tail: Tail;
  from: Cursor;
  filter?: FeedFilter;
  heartbeatMs?: number;
}

function open(world: LogWorld, { tail, from, filter = everything, heartbeatMs = 60_000 }: Reading) {
  const ending = new AbortController();
  endings.push(ending);
  const stream = eventStream({ readers: world.readers, tail, filter, from, signal: ending.signal, heartbeatMs });
  return { stream, ending };
}

/** Reads until `enough`, then breaks off. Returns what was told, and the last id. */
async function read(world: LogWorld, reading: Reading, enough: (told: WatchedEvent[], id: Cursor) => boolean) {
  const { stream, ending } = open(world, reading);
  const told: WatchedEvent[] = [];
  let id = reading.from;
  for await (const block of stream) {
    const message = messageOf(block);
    id = message.id;
    if (message.event !== undefined) told.push(message.event);
    if (enough(told, id)) break;
  }
  ending.abort();
  return { told, id };
}

const idsOf = (events: readonly WatchedEvent[]): string[] => events.map(({ eventId }) => eventId);

function expectCausesFirst(told: readonly WatchedEvent[]): void {
  const ids = idsOf(told);
  told.forEach(({ metadata }, index) => {
    const cause = ids.indexOf(metadata.causationId ?? '');
    if (cause !== -1) expect(cause).toBeLessThan(index);
  });
}

describe('a stream', () => {
  it('misses and repeats nothing over any number of reconnects, at whichever gateway', async () => {
    const options = fc.record({
      seed: fc.nat(),
      there: fc.nat({ max: 30 }),
      toCome: fc.integer({ min: 1, max: 80 }),
      largestAnswer: fc.constantFrom(1, 3, Infinity),
    });
    const memories = fc.record({ maxEvents: fc.constantFrom(1, 5, 100), maxBytes: fc.constantFrom(500, 1_000_000) });
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 });
    const filters = fc.constantFrom<EventFilter>({}, {}, { types: ['Asked'] }, { correlationIds: ['request-1'] });
    await fc.assert(
      fc.asyncProperty(options, memories, cuts, filters, async (option, memory, lengths, inLog) => {
        const world = new LogWorld(option);
        const filter = { services: eventSources, inLog };
        const gateways = [tailOf(world, memory), tailOf(world, memory)] as const;
        // Somebody else follows as well, so that one of the tails is ahead of its new readers.
        const leave = gateways[0].follow();
        const told: WatchedEvent[] = [];
        let from = BEGINNING;
        for (const [index, length] of lengths.entries()) {
          const tail = gateways[index % 2] ?? gateways[0];
          const end = (some: WatchedEvent[]) =>
            some.length >= length || isAtEnd(world, told.length + some.length, inLog);
          const part = await read(world, { tail, from, filter, heartbeatMs: 5 }, end);
          told.push(...part.told);
          from = part.id;
        }
        world.settle();
        const rest = await read(world, { tail: gateways[1], from, filter, heartbeatMs: 5 }, (some) =>
          isAtEnd(world, told.length + some.length, inLog),
        );
        told.push(...rest.told);
        leave();
        expect([...idsOf(told)].sort()).toEqual(idsOf(world.all.filter((event) => matches(event, inLog))).sort());
        expectCausesFirst(told);
      }),
      RUNS,
    );
  });

  it('says first where it stands, so that a reader cut off before the first event can go on', async () => {
    const world = new LogWorld({ seed: 3, there: 10, toCome: 0 });
    const { stream } = open(world, { tail: tailOf(world), from: world.heads });
    expect((await stream.next()).value).toBe(`retry: 1000\nid: ${formatCursor(world.heads)}\n\n`);
  });

  it('tells an event as soon as it is announced', async () => {
    const world = new LogWorld({ seed: 3, there: 10, toCome: 0 });
    const tail = tailOf(world, { lookEveryMs: 60_000 });
    const { stream } = open(world, { tail, from: world.heads });
    await stream.next();
    const next = stream.next();
    await eventually(() => expect(tail.join(world.heads, eventSources)).toBeDefined(), { withinMs: WITHIN_MS });
    const event = world.append('miner');
    await eventually(
      async () => {
        tail.hint('miner', event.position);
        expect(messageOf(String((await next).value)).event).toEqual(event);
      },
      { withinMs: WITHIN_MS },
    );
  });

  it('in silence gives a sign of life that moves the id past what the filter leaves out', async () => {
    const world = new LogWorld({ seed: 3, there: 10, toCome: 0 });
    const filter = { services: eventSources, inLog: { types: ['Nothing'] } };
    const { stream } = open(world, { tail: tailOf(world), from: BEGINNING, filter, heartbeatMs: 1 });
    await stream.next();
    expect((await stream.next()).value).toBe(`: quiet\nid: ${formatCursor(world.heads)}\n\n`);
  });

  it('waits while services are away, and goes on', async () => {
    const world = new LogWorld({ seed: 3, there: 10, toCome: 0 });
    world.away = true;
    const { stream } = open(world, { tail: tailOf(world), from: BEGINNING, heartbeatMs: 1 });
    await stream.next();
    expect((await stream.next()).value).toMatch(/^: quiet/);
    world.away = false;
    const told: WatchedEvent[] = [];
    for await (const block of stream) {
      const { event } = messageOf(block);
      if (event !== undefined) told.push(event);
      if (told.length === 10) break;
    }
    expect(idsOf(told).sort()).toEqual(idsOf(world.all).sort());
  });

  it('ends when it is told to, also in the middle of a wait', async () => {
    const world = new LogWorld({ seed: 3, there: 0, toCome: 0 });
    const { stream, ending } = open(world, { tail: tailOf(world), from: BEGINNING });
    await stream.next();
    const next = stream.next();
    ending.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

function isAtEnd(world: LogWorld, told: number, inLog: EventFilter): boolean {
  return told >= world.all.filter((event) => matches(event, inLog)).length;
}

describe('the tail', () => {
  it('reads only while somebody follows', async () => {
    const worlds = [1, 2].map((seed) => new LogWorld({ seed, there: 5, toCome: 0 }));
    const [one, other] = worlds.map((world) => ({ reads: countReads(world), tail: tailOf(world, { lookEveryMs: 1 }) }));
    if (one === undefined || other === undefined) throw new Error('there are two worlds');
    const [leave, leaveOther] = [one.tail.follow(), other.tail.follow()];
    await eventually(() => expect(one.reads.count).toBeGreaterThan(5), { withinMs: WITHIN_MS });
    leave();
    // Twice is once.
    leave();
    const later = other.reads.count + 2;
    await eventually(() => expect(other.reads.count).toBeGreaterThan(later), { withinMs: WITHIN_MS });
    const before = one.reads.count;
    await eventually(() => expect(other.reads.count).toBeGreaterThan(later + 5), { withinMs: WITHIN_MS });
    expect(one.reads.count).toBe(before);
    expect(one.tail.join(worlds[0]?.heads ?? BEGINNING, eventSources)).toBeUndefined();
    leaveOther();
  });
});

function countReads({ readers }: LogWorld): { count: number } {
  const reads = { count: 0 };
  const { search } = readers.wallet;
  readers.wallet.search = (question) => {
    reads.count++;
    return search(question);
  };
  return reads;
}

describe('a reader that takes nothing', () => {
  async function* pieces() {
    for (let index = 0; ; index++) yield await Promise.resolve(index);
  }

  it('is given up after the bound', async () => {
    let stalled: (() => void) | undefined;
    const given = new Promise<void>((resolve) => (stalled = resolve));
    const paced = boundedPace(pieces(), 5, () => stalled?.());
    await paced.next();
    await given;
  });

  it('that takes all in time is not', async () => {
    const paced = boundedPace(pieces(), 60_000, () => {
      throw new Error('given up');
    });
    for (let index = 0; index < 3; index++) expect((await paced.next()).value).toBe(index);
    await paced.return();
  });
});
