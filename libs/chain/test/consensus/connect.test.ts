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
  anyPayments,
  blockOf,
  bob,
  carol,
  coinOf,
  coinbaseFor,
  contentOf,
  contextOf,
  outpointOf,
  spend,
  transactionsFor,
} from '../builders.ts';

const SUBSIDY = 1_000_000_000n;
const MISSING = 'bad-txns-inputs-missingorspent';
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

  const missing = (number: number) => [outpointKey(outpointOf(number)), 'an unspent output'] as const;
  const bobsFirst = `${txidOf(toBob)}:0`;

  it.each<[RejectCode, string, Transaction[], at: number, found?: string, expected?: string]>([
    [MISSING, 'an unknown coin', [reward, toBob, spend([named(3, 5n)], alice, [[bob, 5n]])], 2, ...missing(3)],
    [MISSING, 'a coin spent twice', [reward, toBob, spend([named(1, 100n)], alice, [[bob, 1n]])], 2, ...missing(1)],
    [MISSING, 'a child before its parent', [reward, onToCarol, toBob], 1, bobsFirst, 'an unspent output'],
    [
      MISSING,
      'a coin spent twice behind an in-block chain',
      [reward, toBob, onToCarol, spend([named(1, 100n)], alice, [[bob, 1n]])],
      3,
      ...missing(1),
    ],
    ['bad-txns-in-belowout', 'more out than in', [reward, toBob, spendSecond(alice, 51n)], 2, '51', 'at most 50'],
    ['mandatory-script-verify-flag-failed', "somebody else's coin", [reward, toBob, spendSecond(bob)], 2],
    [
      'bad-cb-amount',
      'a base unit too much',
      [coinbaseFor(5, SUBSIDY + 8n), toBob],
      0,
      '1000000008',
      'at most 1000000007',
    ],
  ])('answers %s to %s and leaves the view as it was', (code, _, transactions, transaction, found, expected) => {
    const view = funded();
    const before = contentOf(view);
    const answer = connect(view, ...transactions);
    const values = found === undefined ? {} : { found, expected };
    expect(answer).toMatchObject({ ok: false, code, details: { transaction, ...values } });
    expect(!answer.ok && answer.message).toContain(String(!answer.ok && answer.details.found));
    expect(!answer.ok && answer.message).toContain(String(!answer.ok && answer.details.expected));
    expect(contentOf(view)).toEqual(before);
  });

  it.each<[first: RejectCode, later: RejectCode, Transaction[]]>([
    ['bad-txns-BIP30', MISSING, [spend([named(3, 5n)], alice, [[bob, 5n]]), reward]],
    [MISSING, 'bad-cb-amount', [coinbaseFor(5, 2n * SUBSIDY), spend([named(3, 5n)], alice, [[bob, 5n]])]],
    ['bad-cb-amount', 'mandatory-script-verify-flag-failed', [coinbaseFor(5, 2n * SUBSIDY), spendSecond(bob)]],
    ['bad-txns-in-belowout', 'mandatory-script-verify-flag-failed', [coinbaseFor(5, 1n), spendSecond(bob, 51n)]],
  ])('asks %s before %s, as Bitcoin does', (code, _, transactions) => {
    const view = new CoinView([named(1, 100n), named(2, 50n), ...createdCoins(reward, 5)]);
    expect(connect(view, ...transactions)).toMatchObject({ ok: false, code });
  });

  it('refuses fees of more than can exist', () => {
    const rich = [named(1, 2_100_000_000_000_000n), named(2, 1n)];
    const payments = rich.map((coin) => spend([coin], alice, [[bob, 0n]]));
    expect(connect(new CoinView(rich), reward, ...payments.slice(0, 1))).toMatchObject({ ok: true });
    expect(connect(new CoinView(rich), reward, ...payments)).toMatchObject({
      code: 'bad-txns-accumulated-fee-outofrange',
      details: { found: '2100000000000001', expected: 'at most 2100000000000000', transaction: 2 },
    });
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
      fc.property(fc.array(anyPayments, { maxLength: 5 }), (plan) => {
        const view = new CoinView();
        const steps: { block: Block; undo: Uint8Array; before: string[] }[] = [];
        let tip = NULL_BLOCK_HASH;
        for (const [height, payments] of plan.entries()) {
          const next = blockOf(height, tip, transactionsFor(view, height, payments, SUBSIDY));
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
      }),
      { numRuns: 15, seed: 20260 },
    );
  });
});
