/** Where the blocks of the tree are drawn, and what a reorganization leaves of the events. */
import { describe, expect, it } from 'vitest';
import type { BranchBlock, WatchedEvent } from '@pocket/contracts';
import { withEvent, type Reorganization } from '../../src/features/explorer/reorganization.ts';
import { layTree } from '../../src/features/explorer/tree-layout.ts';

const block = (hash: string, previousHash: string, height: number, onBestChain = false): BranchBlock => ({
  ...{ hash, previousHash, height, time: 0, onBestChain, checked: true, invalid: null },
});
const lanesOf = (blocks: BranchBlock[]) =>
  Object.fromEntries(layTree(blocks).blocks.map(({ block: { hash }, lane }) => [hash, lane]));

describe('the tree', () => {
  it('has the best chain in the first lane, and a branch beside it', () => {
    const blocks = [
      block('a', '', 0, true),
      block('b', 'a', 1, true),
      block('x', 'a', 1),
      block('c', 'b', 2, true),
      block('y', 'x', 2),
    ];
    expect(lanesOf(blocks)).toEqual({ a: 0, b: 0, c: 0, x: 1, y: 1 });
    expect(layTree(blocks)).toMatchObject({ lanes: 2, lowest: 0, highest: 2 });
  });

  it('uses a lane again where it is free, and another where it is not', () => {
    const best = ['a', 'b', 'c', 'd', 'e'].map((hash, height, all) => block(hash, all[height - 1] ?? '', height, true));
    const blocks = [...best, block('x', 'a', 1), block('y', 'x', 2), block('z', 'b', 2), block('w', 'c', 3)];
    expect(lanesOf(blocks.sort((left, right) => left.height - right.height))).toMatchObject({ x: 1, y: 1, z: 2, w: 1 });
  });

  it('forks within a branch too', () => {
    const blocks = [block('a', '', 0, true), block('x', 'a', 1), block('y', 'x', 2), block('z', 'x', 2)];
    expect(lanesOf(blocks)).toEqual({ a: 0, x: 1, y: 1, z: 2 });
  });

  it('of nothing is nothing', () => {
    expect(layTree([])).toEqual({ blocks: [], lanes: 1, lowest: 0, highest: 0 });
  });
});

describe('a reorganization', () => {
  const event = (type: string, blockHash: string, height: number, correlationId: string): WatchedEvent =>
    ({ type, data: { blockHash, height }, metadata: { correlationId }, recordedAt: 'now' }) as unknown as WatchedEvent;
  const told = (...events: WatchedEvent[]) => events.reduce<readonly Reorganization[]>(withEvent, []);

  it('is what left the chain and what came for it, under one request', () => {
    expect(
      told(
        event('BlockConnected', 'a', 1, 'usual'),
        event('BlockDisconnected', 'a', 1, 'r'),
        event('BlockConnected', 'x', 1, 'r'),
        event('BlockConnected', 'y', 2, 'r'),
        event('BlockConnected', 'z', 3, 'later'),
      ),
    ).toEqual([
      {
        id: 'r',
        at: 'now',
        left: [{ hash: 'a', height: 1 }],
        joined: [
          { hash: 'x', height: 1 },
          { hash: 'y', height: 2 },
        ],
      },
    ]);
  });

  it('comes before the older ones, of which the last twenty are kept', () => {
    const many = Array.from({ length: 25 }, (_, index) => event('BlockDisconnected', 'a', 1, String(index)));
    const known = told(...many);
    expect(known).toHaveLength(20);
    expect(known[0]?.id).toBe('24');
  });
});
