/** What the mining page computes: scales, curves, intervals, the mode that is asked for, and the searches it hears of. */
import type { SearchView } from '@pocket/contracts';
import { describe, expect, it } from 'vitest';
import { intervalsOf } from '../../src/features/mining/block-intervals.ts';
import { bitsAfter, harder, zeroBits } from '../../src/features/mining/hash-scale.ts';
import { formOf, missingIn, requestOf, type ModeForm } from '../../src/features/mining/mode-form.ts';
import { probabilityAfter, probabilityCurve } from '../../src/features/mining/probability.ts';
import { hearProgress, NO_SEARCHES } from '../../src/features/mining/running-searches.ts';

describe('zero bits', () => {
  it.each([
    ['f'.repeat(64), 0],
    [`0${'f'.repeat(63)}`, 4],
    [`000${'f'.repeat(61)}`, 12],
    [`0007${'f'.repeat(60)}`, 13],
    [`8${'0'.repeat(63)}`, 1],
    [`00008${'0'.repeat(59)}`, 17],
    [`${'0'.repeat(63)}1`, 255],
    ['0'.repeat(64), 256],
  ])('of %s are %d', (hash, bits) => {
    expect(zeroBits(hash)).toBeCloseTo(bits, 6);
  });

  it('of a target that is harder by some are so many more', () => {
    const target = `0010${'0'.repeat(60)}`;
    expect(harder(target, 8)).toBe(`000010${'0'.repeat(58)}`);
    expect(zeroBits(harder(target, 5)) - zeroBits(target)).toBeCloseTo(5, 6);
  });

  it('of the best of 4096 hashes are likely to be 12', () => {
    expect(bitsAfter(4_096)).toBe(12);
    expect(bitsAfter(0)).toBe(0);
  });
});

describe('the probability to have found', () => {
  it('is 63 % at the expected hashes, and nothing before the first', () => {
    expect(probabilityAfter(0, 4_096)).toBe(0);
    expect(probabilityAfter(4_096, 4_096)).toBeCloseTo(0.632, 3);
  });

  it('is drawn beyond the expected hashes, and beyond now', () => {
    expect(probabilityCurve(10, 1_000).at(-1)?.hashes).toBe(4_000);
    expect(probabilityCurve(10_000, 1_000).at(-1)?.hashes).toBeGreaterThan(10_000);
    const curve = probabilityCurve(0, 1_000).map(({ probability }) => probability);
    expect(curve).toEqual(curve.toSorted((left, right) => left - right));
    expect(curve.at(-1)).toBeCloseTo(0.982, 3);
  });
});

describe('intervals', () => {
  it('are what lies between the blocks’ own times', () => {
    const blocks = [10, 13, 12, 20].map((time, height) => ({ time, height }));
    const mean = 10 / 3;
    expect(intervalsOf(blocks)).toEqual({ heights: [1, 2, 3], seconds: [3, -1, 8], meanSeconds: mean });
  });

  it('of one block, or none, are none', () => {
    expect(intervalsOf([{ time: 1, height: 0 }])).toEqual({ heights: [], seconds: [], meanSeconds: undefined });
    expect(intervalsOf([]).heights).toEqual([]);
  });
});

describe('a mode', () => {
  const manual = formOf({ mode: 'manual', address: null, maxTransactions: null, intervalSeconds: null });
  const form = (change: Partial<ModeForm>): ModeForm => ({ ...manual, address: 'm', ...change });

  it('is asked for with what belongs to it, and nothing else', () => {
    const filled = form({ intervalSeconds: 5, maxTransactions: 3 });
    expect(requestOf(filled)).toEqual({ mode: 'manual' });
    expect(requestOf({ ...filled, mode: 'continuous' })).toEqual({
      mode: 'continuous',
      address: 'm',
      maxTransactions: 3,
    });
    expect(requestOf({ ...filled, mode: 'interval', maxTransactions: undefined })).toEqual({
      ...{ mode: 'interval', address: 'm', intervalSeconds: 5 },
    });
  });

  it.each<[Partial<ModeForm>, string | undefined]>([
    [{ mode: 'manual', address: '' }, undefined],
    [{ mode: 'continuous', address: ' ' }, 'address'],
    [{ mode: 'continuous' }, undefined],
    [{ mode: 'interval' }, 'intervalSeconds'],
    [{ mode: 'interval', intervalSeconds: 0 }, 'intervalSeconds'],
    [{ mode: 'interval', intervalSeconds: 86_401 }, 'intervalSeconds'],
    [{ mode: 'interval', intervalSeconds: 86_400 }, undefined],
    [{ mode: 'on-transaction', maxTransactions: 0 }, 'maxTransactions'],
    [{ mode: 'continuous', maxTransactions: 0 }, undefined],
    [{ mode: 'continuous', maxTransactions: 100_001 }, 'maxTransactions'],
  ])('%j lacks %s', (change, missing) => {
    expect(missingIn(form(change))).toBe(missing);
  });
});

describe('the searches under way', () => {
  const search = (searchId: string, hashes: number) => ({ searchId, hashes }) as SearchView;

  it('are known by the last word of each, and the last that ended is kept', () => {
    const words = [{ search: search('a', 1) }, { search: search('b', 2) }, { search: search('a', 3) }];
    const heard = words.reduce(hearProgress, NO_SEARCHES);
    expect(heard).toEqual({ running: [search('b', 2), search('a', 3)], ended: undefined });
    expect(hearProgress(heard, { ended: 'a' })).toEqual({ running: [search('b', 2)], ended: search('a', 3) });
  });

  it('are not changed by a word of none of them, or by none at all', () => {
    const heard = hearProgress(NO_SEARCHES, { search: search('a', 1) });
    for (const said of [undefined, null, 'word', {}, { ended: 'z' }]) expect(hearProgress(heard, said)).toEqual(heard);
  });
});
