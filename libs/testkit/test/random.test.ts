/** Seeded chance: the same seed gives the same choices, within their bounds. */
import { describe, expect, it } from 'vitest';
import { randomOf } from '../src/random.ts';

const draw = (seed: number): number[] => {
  const random = randomOf(seed);
  return Array.from({ length: 1_000 }, () => random.below(7));
};

describe('randomOf', () => {
  it('repeats itself for the same seed only', () => {
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('stays below the bound and reaches every number', () => {
    expect([...new Set(draw(3))].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('picks one of the items, and refuses to pick from none', () => {
    expect(['a', 'b']).toContain(randomOf(4).pick(['a', 'b']));
    expect(() => randomOf(4).pick([])).toThrow(RangeError);
  });

  it('gives as many bytes as asked for', () => {
    expect(randomOf(5).bytes(32)).toHaveLength(32);
  });
});
