/** Slices cover the nonces of a template once each, however they are sized; how long they are and how many are out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smoothedRate } from '../src/domain/hash-rate.ts';
import {
  expectedHashes,
  lowestHash,
  type Slice,
  sliceBehind,
  sliceNonces,
  slicesWanted,
} from '../src/domain/slices.ts';

const NONCES = 4_294_967_296;
const SEED = 20_261;

/** All slices of these lengths, one behind the other. */
function cut(lengths: readonly number[]): Slice[] {
  const slices: Slice[] = [];
  for (const length of lengths) slices.push(sliceBehind(slices.at(-1), length));
  return slices;
}

/** Where a nonce of a roll stands in the whole space. */
const place = (roll: number, nonce: number): bigint => BigInt(roll) * BigInt(NONCES) + BigInt(nonce);

describe('slices', () => {
  it('cover the nonce space without a gap and without an overlap', () => {
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: NONCES }), fc.integer({ min: 1, max: 3 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(lengths, (all) => {
        let end = 0n;
        for (const { roll, from, to } of cut(all)) {
          expect(place(roll, from)).toBe(end);
          expect(to).toBeGreaterThan(from);
          expect(to).toBeLessThanOrEqual(NONCES);
          end = place(roll, to);
        }
      }),
      { seed: SEED },
    );
  });

  it('hold every nonce of a header once, to the last one', () => {
    const length = fc.integer({ min: 2 ** 22, max: 2 ** 32 });
    fc.assert(
      fc.property(length, fc.integer({ min: 0, max: NONCES - 1 }), (nonces, nonce) => {
        const slices = cut(Array<number>(2 ** 10 + 1).fill(nonces)).filter(({ roll }) => roll === 0);
        expect(slices.filter(({ from, to }) => from <= nonce && nonce < to)).toHaveLength(1);
        expect(slices.at(-1)?.to).toBe(NONCES);
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  it('roll the extra nonce on where a header has no nonce left', () => {
    expect(cut([NONCES - 1, 500, 500])).toEqual([
      { roll: 0, from: 0, to: NONCES - 1 },
      { roll: 0, from: NONCES - 1, to: NONCES },
      { roll: 1, from: 0, to: 500 },
    ]);
  });

  it('may be of length 1', () => {
    expect(cut([1, 1])).toEqual([
      { roll: 0, from: 0, to: 1 },
      { roll: 0, from: 1, to: 2 },
    ]);
  });
});

describe('the length of a slice', () => {
  it.each([
    ['nobody', [], 262_144],
    ['one that has not said', [null], 262_144],
    ['one', [7_000_000], 7_000_000],
    ['a fast and a slow one, and one that has not said', [9_000_000, 1_000_000, null], 5_000_000],
    ['one that hardly moves', [3], 16_384],
    ['one faster than a header has nonces', [1e11], NONCES],
  ])('is a second of %s', (_, rates, expected) => {
    expect(sliceNonces(rates)).toBe(expected);
  });
});

describe('so many slices are out', () => {
  const hardly = 0n;
  it.each([
    ['one for a search that it will very likely end', 2n ** 244n, 1_000_000, 8, 1],
    ['one for the easiest target of all', 2n ** 256n - 1n, 16_384, 8, 1],
    ['as many as are likely to be needed', 2n ** 236n - 1n, 2 ** 20, 8, 4],
    ['two for one worker', hardly, 1_000_000, 1, 2],
    ['two where nobody works yet', hardly, 1_000_000, 0, 2],
    ['two for each of eight', hardly, 1_000_000, 8, 16],
    ['at most 256', hardly, 1_000_000, 1_000, 256],
  ])('%s', (_, target, nonces, workers, expected) => {
    expect(slicesWanted(target, nonces, workers)).toBe(expected);
  });

  it('by the hashes that a target needs on the average', () => {
    expect(expectedHashes(2n ** 244n - 1n)).toBe(4_096);
    expect(expectedHashes(2n ** 256n - 1n)).toBe(1);
  });
});

describe('the rate of a worker', () => {
  it('is that of its first slice, then follows the later ones slowly', () => {
    const first = smoothedRate(null, { hashes: 1_000_000, ms: 1_000 });
    expect(first).toBe(1_000_000);
    expect(smoothedRate(first, { hashes: 2_000_000, ms: 1_000 })).toBeCloseTo(1_300_000);
  });

  it.each([
    ['is over before it has begun', { hashes: 5_000, ms: 1 }],
    ['was stopped before its first chunk', { hashes: 0, ms: 900 }],
  ])('is not judged by a search that %s', (_, effort) => {
    expect(smoothedRate(7, effort)).toBe(7);
    expect(smoothedRate(null, effort)).toBeNull();
  });
});

describe('the lowest hash', () => {
  const [low, high] = [`00${'1'.repeat(62)}`, `0a${'0'.repeat(62)}`];

  it.each([
    [[high, low], low],
    [[null, high], high],
    [[null, null], null],
    [[], null],
  ])('of %j is %s', (hashes, lowest) => {
    expect(lowestHash(hashes)).toBe(lowest);
  });
});
