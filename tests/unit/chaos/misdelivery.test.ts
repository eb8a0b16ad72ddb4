/** A bad wire loses, repeats and reorders what services say to each other, and nothing else. */
import fc from 'fast-check';
import { randomOf } from '@pocket/testkit/random';
import { describe, expect, it } from 'vitest';
import { Delivery, soundWire, type WireFaultKind } from '../../../chaos/misdelivery.ts';
import type { Frame } from '../../../chaos/nats-frames.ts';

const frame = (subject: string | undefined, text: string): Frame => ({ subject, bytes: Buffer.from(text) });
const event = (text: string): Frame => frame('ns.events.wallet', text);
const ALWAYS = 1_000;

function deliver(kind: WireFaultKind | undefined, frames: readonly Frame[], permille = ALWAYS, seed = 1) {
  const wire = soundWire();
  const delivery = new Delivery(wire, (subject) => subject.startsWith('ns.'));
  if (kind !== undefined) wire.fault = { kind, permille, random: randomOf(seed) };
  const sent = frames.flatMap((one) => delivery.pass(one));
  sent.push(...delivery.release());
  return { sent: sent.map(({ bytes }) => bytes.toString()), hits: wire.hits };
}

const abc = [event('a'), event('b'), event('c')];

describe('a wire', () => {
  it.each([
    [undefined, ['a', 'b', 'c'], { drop: 0, repeat: 0, reorder: 0 }],
    ['drop', [], { drop: 3, repeat: 0, reorder: 0 }],
    ['repeat', ['a', 'a', 'b', 'b', 'c', 'c'], { drop: 0, repeat: 3, reorder: 0 }],
    ['reorder', ['b', 'a', 'c'], { drop: 0, repeat: 0, reorder: 2 }],
  ] as const)('with the fault %s', (kind, sent, hits) => {
    expect(deliver(kind, abc)).toEqual({ sent, hits });
  });

  it.each(['drop', 'repeat', 'reorder'] as const)('lets replies and the server’s words pass: %s', (kind) => {
    const others = [frame('_INBOX.q.1', 'reply'), frame(undefined, 'PING'), frame('$JS.API.x', 'api')];
    expect(deliver(kind, others)).toEqual({ sent: ['reply', 'PING', 'api'], hits: { drop: 0, repeat: 0, reorder: 0 } });
  });

  it('holds a message back until the next one of its kind, past others', () => {
    expect(deliver('reorder', [event('a'), frame(undefined, 'PING'), event('b')]).sent).toEqual(['PING', 'b', 'a']);
  });

  it('gives a message free that nothing overtakes', () => {
    expect(deliver('reorder', [event('a')]).sent).toEqual(['a']);
  });

  it('that reorders or repeats loses nothing; by the same seed it does the same', () => {
    const kinds = fc.constantFrom<WireFaultKind>('drop', 'repeat', 'reorder');
    const texts = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(kinds, texts, fc.nat(), (kind, all, seed) => {
        const once = deliver(kind, all.map(event), 300, seed);
        expect(deliver(kind, all.map(event), 300, seed)).toEqual(once);
        const lost = all.filter((text) => !once.sent.includes(text));
        expect(lost).toHaveLength(once.hits.drop);
        expect(once.sent).toHaveLength(all.length - once.hits.drop + once.hits.repeat);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
