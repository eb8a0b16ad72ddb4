// A memory of coins: it knows what it was told last, and no more than it may.
import { describe, expect, it } from 'vitest';
import { CoinChanges, RecentCoins, createCoinbase, createdCoins, p2pkhScript, type Block } from '../src/index.ts';

const outputs = [{ value: 5n, scriptPubKey: p2pkhScript(new Uint8Array(20)) }];

/** A block that creates one coin and spends none. */
function blockAt(height: number): { block: Block; changes: CoinChanges } {
  const coinbase = createCoinbase({ height, extraNonce: new Uint8Array(8), outputs });
  const block = { header: {}, transactions: [coinbase] } as unknown as Block;
  const changes = new CoinChanges();
  changes.connect(block, [], height);
  return { block, changes };
}

const coinOf = ({ block: { transactions } }: { block: Block }, height: number) => {
  const [coin] = transactions.flatMap((transaction) => createdCoins(transaction, height));
  if (coin === undefined) throw new Error('the block creates no coin');
  return coin;
};

describe('the recent coins', () => {
  it('are those of the blocks it was told of', () => {
    const recent = new RecentCoins();
    const [first, second] = [blockAt(1), blockAt(2)];
    recent.apply(first.changes);
    const coin = coinOf(first, 1);
    expect(recent.get(coin.outpoint)).toEqual(coin);
    expect(recent.get(coinOf(second, 2).outpoint)).toBeUndefined();
  });

  it('are forgotten with the block that made them, and all at once', () => {
    const recent = new RecentCoins();
    const [first, second] = [blockAt(1), blockAt(2)];
    recent.apply(first.changes);
    recent.apply(second.changes);
    const undone = new CoinChanges();
    undone.disconnect(second.block, [], 2);
    recent.apply(undone);
    expect(recent.get(coinOf(second, 2).outpoint)).toBeUndefined();
    recent.clear();
    expect(recent.get(coinOf(first, 1).outpoint)).toBeUndefined();
  });

  it('are never more than the limit: the oldest go', () => {
    const recent = new RecentCoins(2);
    const blocks = [1, 2, 3].map((height) => ({ height, ...blockAt(height) }));
    for (const { changes } of blocks) recent.apply(changes);
    const known = blocks.map((block) => recent.get(coinOf(block, block.height).outpoint) !== undefined);
    expect(known).toEqual([false, true, true]);
  });
});
