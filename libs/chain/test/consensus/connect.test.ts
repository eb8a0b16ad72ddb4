// Connecting and disconnecting blocks: what changes in the view, that a refusal changes nothing, that the way back
// ends where it began for random chains, and that the undo data survives being stored.
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Block,
  CoinView,
  NULL_BLOCK_HASH,
  type NamedCoin,
  type RejectCode,
  type Transaction,
  blockHashOf,
  checkBlock,
  coinsNeededBy,
  connectBlock,
  createdCoins,
  decodeCoins,
  disconnectBlock,
  encodeCoins,
  outpointKey,
  txidOf,
} from '../../src/index.ts';
import {
  EASY,
  alice,
  blockOf,
  bob,
  carol,
  coinOf,
  coinbaseFor,
  contentOf,
  contextOf,
  outpointOf,
  ownerOf,
  spend,
} from '../builders.ts';

const SUBSIDY = 1_000_000_000n;
const named = (number: number, value: bigint): NamedCoin => ({
  outpoint: outpointOf(number),
  coin: coinOf(alice, value),
});
const funded = () => new CoinView([named(1, 100n), named(2, 50n)]);
const connect = (view: CoinView, ...transactions: Transaction[]) =>
  connectBlock(view, blockAt5(...transactions), 5, EASY);
const blockAt5 = (...transactions: Transaction[]) => blockOf(5, NULL_BLOCK_HASH, transactions);

beforeAll(async () => {
  await useFastestSecp256k1();
});

describe('connectBlock', () => {
  const toBob = spend([named(1, 100n)], alice, [
    [bob, 60n],
    [alice, 33n],
  ]);
  const bobsCoins = createdCoins(toBob, 5).slice(0, 1);
  const onToCarol = spend(bobsCoins, bob, [[carol, 58n]]);

  it('spends and creates coins, in-block chains included', () => {
    const view = funded();
    const reward = coinbaseFor(5, SUBSIDY + 9n, carol);
    const connected = connect(view, reward, toBob, onToCarol);
    expect(connected).toEqual({ ok: true, fees: 9n, undo: [named(1, 100n).coin, bobsCoins[0]?.coin] });
    const expected = new CoinView([
      named(2, 50n),
      ...createdCoins(reward, 5),
      ...createdCoins(toBob, 5).slice(1),
      ...createdCoins(onToCarol, 5),
    ]);
    expect(contentOf(view)).toEqual(contentOf(expected));
    expect(view.get({ txid: txidOf(reward), vout: 0 })).toMatchObject({ height: 5, coinbase: true });
    expect(view.get({ txid: txidOf(onToCarol), vout: 0 })).toMatchObject({ height: 5, coinbase: false });
  });

  it('lets a coinbase claim less than it may', () => {
    expect(connect(funded(), coinbaseFor(5, 0n))).toEqual({ ok: true, undo: [], fees: 0n });
  });

  const reward = coinbaseFor(5, SUBSIDY);
  const spendSecond = (owner = alice, value = 50n) => spend([named(2, 50n)], owner, [[bob, value]]);

  it.each<[RejectCode, string, Transaction[]]>([
    ['bad-txns-inputs-missingorspent', 'an unknown coin', [reward, toBob, spend([named(3, 5n)], alice, [[bob, 5n]])]],
    [
      'bad-txns-inputs-missingorspent',
      'a coin spent twice',
      [reward, toBob, spend([named(1, 100n)], alice, [[bob, 1n]])],
    ],
    ['bad-txns-inputs-missingorspent', 'a child before its parent', [reward, onToCarol, toBob]],
    [
      'bad-txns-inputs-missingorspent',
      'a coin spent twice behind an in-block chain',
      [reward, toBob, onToCarol, spend([named(1, 100n)], alice, [[bob, 1n]])],
    ],
    ['bad-txns-in-belowout', 'more out than in', [reward, toBob, spendSecond(alice, 51n)]],
    ['mandatory-script-verify-flag-failed', "somebody else's coin", [reward, toBob, spendSecond(bob)]],
    ['bad-cb-amount', 'a base unit too much', [coinbaseFor(5, SUBSIDY + 8n), toBob]],
  ])('answers %s to %s and leaves the view as it was', (code, _, transactions) => {
    const view = funded();
    const before = contentOf(view);
    expect(connect(view, ...transactions)).toMatchObject({ ok: false, code });
    expect(contentOf(view)).toEqual(before);
  });

  it('answers bad-txns-BIP30 to a coinbase whose twin is unspent, and takes it once that is spent', () => {
    const twin = createdCoins(reward, 5);
    const view = new CoinView([named(1, 100n), ...twin]);
    const before = contentOf(view);
    expect(connect(view, reward, toBob)).toMatchObject({ ok: false, code: 'bad-txns-BIP30' });
    expect(contentOf(view)).toEqual(before);
    view.spend({ txid: txidOf(reward), vout: 0 });
    expect(connect(view, reward, toBob)).toMatchObject({ ok: true });
  });

  it('holds rewards back where the network does', () => {
    const params = { ...EASY, coinbaseMaturity: 10 };
    const old = coinbaseFor(1, SUBSIDY);
    const view = new CoinView(createdCoins(old, 1));
    const early = spend(createdCoins(old, 1), alice, [[bob, SUBSIDY]]);
    const code = 'bad-txns-premature-spend-of-coinbase';
    const at = (height: number) =>
      connectBlock(view, blockOf(height, NULL_BLOCK_HASH, [coinbaseFor(height, 1n), early]), height, params);
    expect(at(10)).toMatchObject({ ok: false, code });
    expect(at(11)).toMatchObject({ ok: true });
  });
});

describe('coinsNeededBy', () => {
  it('names what a block spends and creates, each once', () => {
    const payment = spend([named(1, 100n)], alice, [[bob, 100n]]);
    const child = spend(createdCoins(payment, 5), bob, [[carol, 100n]]);
    const reward = coinbaseFor(5, SUBSIDY);
    const needed = coinsNeededBy(blockAt5(reward, payment, child)).map(outpointKey);
    const created = [reward, payment, child].map((transaction) => `${txidOf(transaction)}:0`);
    expect(needed.sort()).toEqual([outpointKey(outpointOf(1)), ...created].sort());
  });
});

describe('disconnectBlock', () => {
  const payment = spend([named(1, 100n)], alice, [[bob, 100n]]);
  const block = blockAt5(coinbaseFor(5, SUBSIDY), payment);
  const connected = () => {
    const view = funded();
    connectBlock(view, block, 5, EASY);
    return view;
  };

  it.each([
    ['too few', []],
    ['too many', [named(1, 100n).coin, named(2, 50n).coin]],
  ])('does not take %s coins for undo data', (_, undo) => {
    expect(() => disconnectBlock(connected(), block, undo)).toThrow(/undo data/);
  });

  it('does not take off a block that is not there', () => {
    expect(() => disconnectBlock(funded(), block, [named(1, 100n).coin])).toThrow(/coin view/);
  });

  it('undoes connecting, for random chains and through stored undo data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(40)), { maxLength: 4 }), { maxLength: 5 }),
        (plan) => {
          const view = new CoinView();
          const steps: { block: Block; undo: Uint8Array; before: string[] }[] = [];
          let tip = NULL_BLOCK_HASH;
          for (const [height, payments] of plan.entries()) {
            const next = blockOf(height, tip, transactionsFor(view, height, payments));
            const before = contentOf(view);
            expect(checkBlock(next, contextOf(height, tip), EASY)).toEqual({ ok: true });
            const result = connectBlock(view, next, height, EASY);
            if (!result.ok) throw new Error(result.message);
            steps.push({ block: next, undo: encodeCoins(result.undo), before });
            tip = blockHashOf(next.header);
          }
          for (const { block: last, undo, before } of steps.reverse()) {
            const coins = decodeCoins(undo);
            if (!coins.ok) throw new Error(coins.message);
            disconnectBlock(view, last, coins.coins);
            expect(contentOf(view)).toEqual(before);
          }
          expect(view.size).toBe(0);
        },
      ),
      { numRuns: 15 },
    );
  });
});

/** A coinbase and some payments; each spends any coin that is unspent by then, those of the same block included. */
function transactionsFor(
  view: CoinView,
  height: number,
  payments: [coin: number, to: number, fee: number][],
): Transaction[] {
  const unspent = [...view.entries()];
  const transactions = [coinbaseFor(height, SUBSIDY, owners[height % owners.length])];
  for (const [which, whom, fee] of payments) {
    const [coin] = unspent.splice(which % Math.max(unspent.length, 1), 1);
    const to = owners[whom % owners.length];
    if (coin === undefined || to === undefined) continue;
    const transaction = payAll(coin, to, BigInt(fee));
    transactions.push(transaction);
    unspent.push(...createdCoins(transaction, height));
  }
  return transactions;
}

const owners = [1, 2, 3, 4].map(ownerOf);

function payAll(named: NamedCoin, to: (typeof owners)[number], fee: bigint): Transaction {
  const script = named.coin.scriptPubKey.join();
  const owner = owners.find((candidate) => candidate.script.join() === script) ?? alice;
  const half = named.coin.value / 2n;
  return spend([named], owner, [
    [to, half],
    [owner, named.coin.value - half - fee],
  ]);
}
