/** Which coins are asked for and held when some rows are in sight. */
import { describe, expect, it } from 'vitest';
import type { ChainstateView, CoinView } from '@pocket/contracts';
import { createCoinPages } from '../../src/features/chainstate/coin-pages.ts';

const SIZE = 10;

/** A gateway with so many coins, named by their numbers. */
function gatewayOf(count: number) {
  const world = { count, blockHash: 'one', asked: [] as (string | undefined)[] };
  const ask = (after: string | undefined): Promise<ChainstateView> => {
    world.asked.push(after);
    const from = after === undefined ? 0 : Number(after) + 1;
    const until = Math.min(world.count, from + SIZE);
    const coins = Array.from({ length: until - from }, (_, index) => ({ vout: from + index }) as CoinView);
    const next = until < world.count ? String(until - 1) : null;
    return Promise.resolve({ blockHash: world.blockHash, coins, next } as ChainstateView);
  };
  return { world, ask };
}
const held = (coins: ReadonlyMap<number, CoinView>): [number, number][] =>
  [...coins].map(([at, { vout }]) => [at, vout]);

describe('pages of coins', () => {
  it('are those in sight, each coin at its place', async () => {
    const { ask } = gatewayOf(1_000);
    const { coins } = await createCoinPages(SIZE).read(ask, 18, 25);
    expect(held(coins)).toEqual(Array.from({ length: 20 }, (_, index) => [10 + index, 10 + index]));
  });

  it('hold no more at the end of a long list than at its beginning, and know the way', async () => {
    const { world, ask } = gatewayOf(1_000);
    const pages = createCoinPages(SIZE);
    const { coins } = await pages.read(ask, 985, 999);
    expect([...coins.keys()]).toEqual(Array.from({ length: 20 }, (_, index) => 980 + index));
    world.asked.length = 0;
    await pages.read(ask, 985, 999);
    expect(world.asked).toEqual([undefined, '979', '989']);
  });

  it('are found anew after a block, for the list has changed', async () => {
    const { world, ask } = gatewayOf(40);
    const pages = createCoinPages(SIZE);
    await pages.read(ask, 35, 39);
    Object.assign(world, { blockHash: 'two', count: 25, asked: [] });
    const { coins } = await pages.read(ask, 35, 39);
    expect(world.asked).toEqual([undefined, '9', '19']);
    expect(held(coins)).toEqual([]);
  });

  it('are the one page of a short list', async () => {
    const { world, ask } = gatewayOf(3);
    const { coins } = await createCoinPages(SIZE).read(ask, 0, 25);
    expect(held(coins)).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(world.asked).toEqual([undefined]);
  });
});
