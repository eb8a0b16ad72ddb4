/** Nakamoto's probabilities against the tables of the whitepaper's section 11, and what holds of them for any attacker. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attackerSuccess, catchUpProbability } from '../../src/features/lab/catch-up.ts';
import { raceState, shareOf } from '../../src/features/lab/race.ts';

const SEED = 20_267;

describe('an attacker’s success', () => {
  it('is what the whitepaper prints for a tenth of all hashes', () => {
    const printed = [
      ...[1.0, 0.2045873, 0.0509779, 0.0131722, 0.0034552, 0.0009137],
      ...[0.0002428, 0.0000647, 0.0000173, 0.0000046, 0.0000012],
    ];
    printed.forEach((probability, z) => expect(attackerSuccess(0.1, z)).toBeCloseTo(probability, 7));
  });

  it('is what the whitepaper prints for three tenths', () => {
    const printed = [1.0, 0.1773523, 0.0416605, 0.0101008, 0.0024804, 0.0006132];
    printed.forEach((probability, index) => expect(attackerSuccess(0.3, 5 * index)).toBeCloseTo(probability, 7));
  });

  it.each([
    [0.1, 5],
    [0.15, 8],
    [0.2, 11],
    [0.25, 15],
    [0.3, 24],
    [0.35, 41],
    [0.4, 89],
    [0.45, 340],
  ])('of %d falls below a thousandth at %d confirmations, not before', (share, z) => {
    expect(attackerSuccess(share, z)).toBeLessThan(0.001);
    expect(attackerSuccess(share, z - 1)).toBeGreaterThanOrEqual(0.001);
  });

  it('is certain from one half on', () => {
    expect([attackerSuccess(0.5, 100), catchUpProbability(0.5, 100), catchUpProbability(0.9, 3)]).toEqual([1, 1, 1]);
  });
});

describe('catching up', () => {
  it('is (q/p)^z, and needs nothing where nobody is behind', () => {
    expect(catchUpProbability(0.25, 3)).toBeCloseTo(1 / 27, 12);
    expect([catchUpProbability(0.25, 0), catchUpProbability(0, 0), catchUpProbability(0, 1)]).toEqual([1, 1, 0]);
  });

  it('is a probability, the smaller the further behind and the weaker the attacker', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.nat(200), (one, other, behind) => {
        const [weak, strong] = [Math.min(one, other), Math.max(one, other)];
        expect(catchUpProbability(weak, behind)).toBeLessThanOrEqual(catchUpProbability(strong, behind));
        expect(catchUpProbability(one, behind + 1)).toBeLessThanOrEqual(catchUpProbability(one, behind));
        expect(attackerSuccess(one, behind)).toBeGreaterThanOrEqual(0);
        expect(attackerSuccess(one, behind)).toBeLessThanOrEqual(1);
      }),
      { seed: SEED },
    );
  });
});

describe('a race', () => {
  it('is led by the heavier branch, and by the honest one where both are equal', () => {
    const honest = { blocks: 3, work: 30n };
    expect(raceState(honest, { blocks: 1, work: 10n }, 10n, 0.25)).toMatchObject({
      ...{ leader: 'honest', ahead: -20n, toLead: 3, drawsLevel: 1 / 9 },
    });
    expect(raceState(honest, { blocks: 3, work: 30n }, 10n, 0.25)).toMatchObject({
      leader: 'honest',
      toLead: 1,
      drawsLevel: 1,
    });
    expect(raceState(honest, { blocks: 4, work: 40n }, 10n, 0.25)).toMatchObject({
      leader: 'lab',
      toLead: 0,
      leads: 1,
    });
  });

  it('is one of work, not of blocks', () => {
    expect(raceState({ blocks: 9, work: 9n }, { blocks: 1, work: 10n }, 10n, 0.1).leader).toBe('lab');
    expect(raceState({ blocks: 2, work: 21n }, { blocks: 1, work: 10n }, 10n, 0.1).toLead).toBe(2);
  });

  it('has the shares of the rates that are known', () => {
    expect([shareOf(1, 3), shareOf(undefined, 3), shareOf(0, 0)]).toEqual([0.25, undefined, undefined]);
  });
});
