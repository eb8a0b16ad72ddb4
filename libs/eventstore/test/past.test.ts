/** Which slot a moment is asked of: whoever steps forward goes on where they are, and nobody waits while one is free. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSlot } from '../src/past.ts';

const MAX = 4;
const SEED = 20_261_123;

const slot = (wallet: number, chainstate: number, lastUse: number, busy = false) => ({
  positions: { wallet, chainstate },
  lastUse,
  busy,
});

describe('the choice', () => {
  const [near, far, beyond] = [slot(3, 5, 1), slot(9, 7, 2), slot(9, 11, 3)];
  const busy = slot(10, 10, 4, true);
  const at = (wallet: number, chainstate: number) => ({ wallet, chainstate, miner: 99 });

  it.each([
    ['the furthest on the way', [near, far, beyond], at(10, 10), far],
    ['one that is there already', [near, far, beyond], at(9, 11), beyond],
    ['none that is beyond in any log', [near, far], at(9, 6), near],
    ['none that is busy', [near, busy], at(10, 10), near],
    ['a new one, where none is on the way', [far, beyond], at(1, 1), 'new'],
    ['a new one for the first', [], at(1, 1), 'new'],
    ['the one not used for longest, where there are no more', [beyond, far, slot(9, 8, 0), busy], at(1, 1), 'third'],
    ['nothing, where all are busy', [busy, busy, busy, busy], at(1, 1), undefined],
  ] as const)('is %s', (_name, slots, to, expected) => {
    expect(chooseSlot(slots, to, MAX)).toBe(expected === 'third' ? slots[2] : expected);
  });

  const position = fc.integer({ min: 0, max: 20 });
  const state = fc.record({
    positions: fc.record({ wallet: position, chainstate: position }),
    lastUse: position,
    busy: fc.boolean(),
  });

  it('never takes a busy one, never one that is beyond while another would do, and only waits when all are busy', () => {
    fc.assert(
      fc.property(
        fc.array(state, { maxLength: MAX }),
        fc.record({ wallet: position, chainstate: position }),
        (slots, to) => {
          const chosen = chooseSlot(slots, to, MAX);
          const idle = slots.filter(({ busy }) => !busy);
          const usable = idle.filter(
            ({ positions }) => positions.wallet <= to.wallet && positions.chainstate <= to.chainstate,
          );
          const events = ({ positions }: (typeof slots)[number]) => positions.wallet + positions.chainstate;
          if (usable.length > 0) {
            if (chosen === undefined || chosen === 'new') return false;
            return usable.includes(chosen) && usable.every((other) => events(other) <= events(chosen));
          }
          if (slots.length < MAX) return chosen === 'new';
          if (idle.length === 0) return chosen === undefined;
          if (chosen === undefined || chosen === 'new') return false;
          return idle.includes(chosen) && idle.every(({ lastUse }) => lastUse >= chosen.lastUse);
        },
      ),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});
