// The Merkle tree: how odd levels pair, and CVE-2012-2459. That the roots are Bitcoin's is shown in block.test.ts.
import { displayHash, doubleSha256, internalHash } from '@pocket/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Txid, merkleLevels, merkleRoot } from '../src/index.ts';

const ids = (...numbers: number[]) => numbers.map((number) => number.toString(16).padStart(64, '0') as Txid);
const pair = (left: string, right: string) => displayHash(doubleSha256(internalHash(left), internalHash(right)));

describe('merkleRoot', () => {
  it('of one transaction is its id, of none zero', () => {
    expect(merkleRoot(ids(7))).toEqual({ root: '7'.padStart(64, '0'), mutated: false });
    expect(merkleRoot([])).toEqual({ root: '0'.repeat(64), mutated: false });
  });

  it('pairs an odd last one with itself, on every level', () => {
    const [a = '', b = '', c = '', d = '', e = ''] = ids(1, 2, 3, 4, 5);
    expect(merkleRoot(ids(1, 2, 3)).root).toBe(pair(pair(a, b), pair(c, c)));
    const left = pair(pair(a, b), pair(c, d));
    const right = pair(pair(e, e), pair(e, e));
    expect(merkleRoot(ids(1, 2, 3, 4, 5)).root).toBe(pair(left, right));
  });

  it.each([
    [
      [1, 2, 3],
      [1, 2, 3, 3],
    ],
    [
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6, 5, 6],
    ],
    [
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5, 5, 5, 5],
    ],
  ])('tells %j from the list %j of the same root', (honest, repeated) => {
    expect(merkleRoot(ids(...repeated)).root).toBe(merkleRoot(ids(...honest)).root);
    expect(merkleRoot(ids(...honest)).mutated).toBe(false);
    expect(merkleRoot(ids(...repeated)).mutated).toBe(true);
  });

  it('finds equal neighbours in pairs only', () => {
    expect(merkleRoot(ids(1, 1)).mutated).toBe(true);
    expect(merkleRoot(ids(1, 2, 2, 3)).mutated).toBe(false);
  });

  it('is never mutated for different ids', () => {
    const different = fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(different, (numbers) => {
        expect(merkleRoot(ids(...numbers)).mutated).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe('merkleLevels', () => {
  it('go from the ids to the root, each half as long, rounded up', () => {
    const txids = ids(1, 2, 3, 4, 5);
    const levels = merkleLevels(txids);
    expect(levels.map(({ length }) => length)).toEqual([5, 3, 2, 1]);
    expect(levels[0]?.map(displayHash)).toEqual(txids);
    expect(levels.at(-1)?.map(displayHash)).toEqual([merkleRoot(txids).root]);
  });

  it('are the id alone of one transaction, and none of none', () => {
    expect(merkleLevels(ids(7)).map((level) => level.map(displayHash))).toEqual([ids(7)]);
    expect(merkleLevels([])).toEqual([]);
  });
});
