/** Merkle trees of any size: the path computed again ends at the protocol library's root, and the drawing shows just it. */
import { describe, expect, it } from 'vitest';
import { blockHashOf, merkleLevels, merkleRoot, type Txid } from '@pocket/chain';
import { displayHash, doubleSha256, hexToBytes, internalHash } from '@pocket/crypto';
import { mineOn, ownerOf } from '@pocket/testkit/builders';
import { headerHash } from '../../src/features/merkle/header-hash.ts';
import { layMerkle, MOST_DRAWN_WHOLE } from '../../src/features/merkle/merkle-layout.ts';
import { merklePath } from '../../src/features/merkle/merkle-path.ts';

const ids = (count: number) =>
  Array.from({ length: count }, (_, number) => (number + 1).toString(16).padStart(64, '0') as Txid);

describe('a path', () => {
  it.each([1, 2, 3, 5, 8, 13])('of each of %i transactions ends at the root', (count) => {
    const txids = ids(count);
    const { root } = merkleRoot(txids);
    for (const [index, txid] of txids.entries()) {
      const steps = merklePath(merkleLevels(txids), index);
      expect(steps.at(-1)?.result ?? txid).toBe(root);
    }
  });

  it('says what is hashed, in which order, and with itself where nothing stands beside', () => {
    const steps = merklePath(merkleLevels(ids(3)), 2);
    expect(steps.map(({ level, side }) => [level, side])).toEqual([
      [1, 'itself'],
      [2, 'left'],
    ]);
    const third = internalHash(ids(3)[2] ?? '');
    expect(steps[0]?.result).toBe(displayHash(doubleSha256(third, third)));
    for (const { input, second } of steps) expect(doubleSha256(hexToBytes(input))).toEqual(hexToBytes(second));
  });

  it('of a transaction that there is not is empty', () => {
    expect(merklePath(merkleLevels(ids(3)), 7)).toEqual([]);
  });
});

describe('a drawing', () => {
  it('of a small tree is whole, every hash above the middle of its two', () => {
    const { nodes, edges, whole, levels } = layMerkle(merkleLevels(ids(5)), 4);
    expect(whole).toBe(true);
    expect([nodes.length, edges.length, levels]).toEqual([11, 10, 4]);
    expect(nodes.filter(({ onPath }) => onPath).map(({ key }) => key)).toEqual(['0:4', '1:2', '2:1', '3:0']);
    expect(nodes.filter(({ beside }) => beside).map(({ key }) => key)).toEqual(['2:0']);
    expect(edges.filter(({ twice }) => twice).map(({ from }) => from.key)).toEqual(['0:4', '1:2']);
    expect(nodes.find(({ key }) => key === '1:0')?.x).toBe(0.5);
  });

  it('of a large tree is the path alone, and stays small', () => {
    const txids = ids(1_000);
    const { nodes, whole, levels } = layMerkle(merkleLevels(txids), 999);
    expect(txids.length).toBeGreaterThan(MOST_DRAWN_WHOLE);
    expect(whole).toBe(false);
    expect(nodes.length).toBeLessThanOrEqual(2 * levels - 1);
    expect(Math.min(...nodes.map(({ x }) => x))).toBe(0);
    for (const level of Array.from({ length: levels }, (_, each) => each)) {
      const xs = nodes.filter((node) => node.level === level).map(({ x }) => x);
      expect(new Set(xs).size).toBe(xs.length);
    }
  });

  it('of no transactions is empty', () => {
    expect(layMerkle([], 0)).toMatchObject({ nodes: [], edges: [], width: 0 });
  });
});

describe('the hash of a header', () => {
  it('is that of the protocol library, step by step, and meets the target or not', () => {
    const { header } = mineOn(undefined, ownerOf(1));
    const rounds = headerHash(header);
    expect(rounds).toMatchObject({ hash: blockHashOf(header), agrees: true });
    expect(rounds.header).toHaveLength(160);
    expect(headerHash({ ...header, bits: 0x03000001 }).meets).toBe(false);
  });
});
