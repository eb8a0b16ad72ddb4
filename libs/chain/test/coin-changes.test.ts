// The net effect of blocks that come and go is what they do to a view, for random chains and random ways over them;
// and what a chain holds is what its subsidies allowed.
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Block,
  type Coin,
  CoinChanges,
  CoinView,
  NULL_BLOCK_HASH,
  connectBlock,
  createdCoins,
  disconnectBlock,
  outpointKey,
  txidOf,
} from '../src/index.ts';
import {
  EASY,
  type PaymentPlan,
  alice,
  anyPayments,
  blockOf,
  bob,
  coinOf,
  coinbaseFor,
  contentOf,
  outpointOf,
  spend,
  transactionsFor,
} from './builders.ts';

const REWARD = 1_000_000_000n;
/** What the miners of these tests leave of a subsidy. */
const LEFT = 7n;

beforeAll(async () => {
  await useFastestSecp256k1();
});

interface Connected {
  readonly block: Block;
  readonly undo: readonly Coin[];
  readonly fees: bigint;
}

/** A random block on top of what the view holds; connects it. */
function connectNext(view: CoinView, height: number, payments: readonly PaymentPlan[]): Connected {
  const block = blockOf(height, NULL_BLOCK_HASH, transactionsFor(view, height, payments, REWARD - LEFT));
  const connected = connectBlock(view, block, height, EASY);
  if (!connected.ok) throw new Error(connected.message);
  return { block, undo: connected.undo, fees: connected.fees };
}

/** What a table would hold that had these coins and took the changes. */
function written(before: CoinView, changes: CoinChanges): CoinView {
  const table = new CoinView(before.entries());
  for (const outpoint of changes.removed())
    if (table.spend(outpoint) === undefined) throw new Error('nothing to remove');
  for (const { outpoint, coin } of changes.added()) table.add(outpoint, coin);
  return table;
}

describe('the changes of blocks', () => {
  const coin = { outpoint: outpointOf(1), coin: coinOf(alice, 100n) };
  const payment = spend([coin], alice, [[bob, 100n]]);
  const child = spend(createdCoins(payment, 5), bob, [[alice, 100n]]);
  const coinbase = coinbaseFor(5, REWARD);
  const block = blockOf(5, NULL_BLOCK_HASH, [coinbase, payment, child]);
  const undo = [coin.coin, ...createdCoins(payment, 5).map((made) => made.coin)];

  it('name every coin once, and none that comes and goes inside', () => {
    const changes = new CoinChanges();
    changes.connect(block, undo, 5);
    expect(changes.removed()).toEqual([coin.outpoint]);
    expect(changes.added().map(({ outpoint }) => outpointKey(outpoint))).toEqual([
      `${txidOf(coinbase)}:0`,
      `${txidOf(child)}:0`,
    ]);
  });

  it('of a block taken off are the opposite', () => {
    const changes = new CoinChanges();
    changes.disconnect(block, undo, 5);
    expect(changes.added()).toEqual([coin]);
    expect(changes.removed().map(outpointKey).sort()).toEqual([`${txidOf(coinbase)}:0`, `${txidOf(child)}:0`].sort());
  });

  it('hold a coin that comes again at another height', () => {
    const changes = new CoinChanges();
    changes.disconnect(block, undo, 5);
    changes.connect(block, undo, 6);
    expect(changes.removed()).toEqual([]);
    expect(changes.added().map((made) => made.coin.height)).toEqual([6, 6]);
  });

  it('are none of nothing, and none but a coin that stayed of a block that came and went', () => {
    const changes = new CoinChanges();
    expect([changes.removed(), changes.added()]).toEqual([[], []]);
    changes.connect(block, undo, 5);
    changes.disconnect(block, undo, 5);
    expect([changes.removed(), changes.added()]).toEqual([[], [coin]]);
  });

  it('need the undo data of the block', () => {
    expect(() => new CoinChanges().connect(block, [], 5)).toThrow(/undo data/);
    expect(() => new CoinChanges().disconnect(block, [...undo, coin.coin], 5)).toThrow(/undo data/);
  });

  it('equal what happens to a view, for random ways up and down', () => {
    const steps = fc.array(fc.oneof(anyPayments, fc.constant('off' as const)), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(anyPayments, { maxLength: 3 }), steps, (past, way) => {
        const view = new CoinView();
        const chain = past.map((payments, height) => connectNext(view, height, payments));
        const before = new CoinView(view.entries());
        const changes = new CoinChanges();
        for (const step of way) {
          if (step !== 'off') {
            const connected = connectNext(view, chain.length, step);
            changes.connect(connected.block, connected.undo, chain.push(connected) - 1);
            continue;
          }
          const last = chain.pop();
          if (last === undefined) continue;
          disconnectBlock(view, last.block, last.undo);
          changes.disconnect(last.block, last.undo, chain.length);
        }
        expect(contentOf(written(before, changes))).toEqual(contentOf(view));
      }),
      { seed: 20260, numRuns: 30 },
    );
  });
});

describe('a random chain', () => {
  it('holds the subsidies less what its miners left, at every height', () => {
    fc.assert(
      fc.property(fc.array(anyPayments, { minLength: 1, maxLength: 5 }), (plan) => {
        const view = new CoinView();
        let unclaimed = 0n;
        plan.forEach((payments, height) => {
          unclaimed += LEFT + connectNext(view, height, payments).fees;
          const supply = [...view.entries()].reduce((sum, { coin }) => sum + coin.value, 0n);
          expect(supply + unclaimed).toBe(BigInt(height + 1) * 1_000_000_000n);
        });
      }),
      { seed: 20260, numRuns: 20 },
    );
  });
});
