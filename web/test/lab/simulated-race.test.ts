/** The race that is only thought of follows the whitepaper’s odds; and what can be undone. */
import { randomOf } from '@pocket/testkit/random';
import { describe, expect, it } from 'vitest';
import { catchUpProbability } from '../../src/features/lab/catch-up.ts';
import { beginning, changed, goneOn, redone, undone } from '../../src/features/lab/edit-history.ts';
import { nextBlock, secondsToNext, startOfRace, type SimulatedRace } from '../../src/features/lab/simulated-race.ts';

const SEED = 20_267;
/** From 0 up to 1. */
const chancesOf = (seed: number): (() => number) => {
  const random = randomOf(seed);
  return () => random.below(1_000_000) / 1_000_000;
};

describe('a simulated race', () => {
  const pace = { share: 0.3, honestSeconds: 10 };

  it('gives each block to one side, by chance', () => {
    const race = nextBlock(nextBlock(startOfRace(2), pace, 0.29), pace, 0.3);
    expect(race).toEqual({ honest: 3, lab: 1, steps: ['lab', 'honest'] });
  });

  it('draws level as often as Nakamoto says', () => {
    const chance = chancesOf(SEED);
    const runs = 4_000;
    const caughtUp = Array.from({ length: runs }, () => drawsLevel(startOfRace(2), chance)).filter(Boolean).length;
    // Three standard deviations of so many runs.
    const expected = catchUpProbability(0.3, 2);
    expect(Math.abs(caughtUp / runs - expected)).toBeLessThan(3 * Math.sqrt((expected * (1 - expected)) / runs));
  });

  /** Whoever is 30 blocks behind has lost: (3/7)^30 is less than a trillionth. */
  function drawsLevel(begun: SimulatedRace, chance: () => number): boolean {
    let race = begun;
    while (race.honest - race.lab < 30) {
      if (race.lab >= race.honest) return true;
      race = nextBlock(race, pace, chance());
    }
    return false;
  }

  it('lets the honest chain take the time that was chosen', () => {
    const chance = chancesOf(SEED);
    const count = 20_000;
    const seconds = Array.from({ length: count }, () => secondsToNext(pace, chance())).reduce((a, b) => a + b, 0);
    expect(seconds / (count * (1 - pace.share))).toBeCloseTo(10, 0);
  });
});

describe('what can be undone', () => {
  it('comes back and goes again, and a change forgets what was undone', () => {
    const history = changed(changed(beginning('a'), 'b'), 'c');
    expect(undone(history).present).toBe('b');
    expect(redone(undone(history))).toEqual(history);
    expect(undone(undone(undone(history))).present).toBe('a');
    expect(redone(changed(undone(history), 'd'))).toMatchObject({ present: 'd', future: [] });
    expect(undone(goneOn(goneOn(changed(beginning('a'), 'b'), 'c'), 'd')).present).toBe('a');
  });
});
