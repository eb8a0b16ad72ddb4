/** What may wait for a block and what leaves the pool: every refusal, conflicts, evictions, new beginnings, batches. */
import { describe, expect, it } from 'vitest';
import {
  blockHashOf,
  CoinView,
  encodeTransaction,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { scenario } from '@pocket/eventstore/scenario';
import { coinOf, mineOn, ownerOf, signed, spend, tipOf } from '@pocket/testkit/builders';
import { decide, type PoolCommand } from '../src/domain/decide.ts';
import { addTransaction, emptyPool, evolve, type PoolState } from '../src/domain/state.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const NOW = 1_700_000_000_000;
const coin = coinOf(alice, 10n, 1);
const second = coinOf(alice, 5n, 2);
const payment = spend([coin], alice, [bob, 4n], [alice, 6n]);
const rival = spend([coin, second], alice, [carol, 15n]);

/** A pool with these confirmed coins in reach and these transactions waiting. */
function pool(coins: NamedCoin[] = [coin, second], waiting: Transaction[] = []) {
  return scenario<PoolCommand, PoolState, ReturnType<typeof decide>['reply'], PoolEvent>({
    initial() {
      const state = { ...emptyPool(), coins: new CoinView(coins) };
      for (const transaction of waiting) addTransaction(state, txidOf(transaction), transaction);
      return state;
    },
    evolve: (state, event) => evolve(state, event),
    decide,
  });
}

const submit = (transaction: Transaction): PoolCommand => ({
  type: 'SubmitTransaction',
  transaction,
  hex: bytesToHex(encodeTransaction(transaction)),
  now: NOW,
});

const follow = (block: Block, height = 0): PoolCommand => ({
  type: 'FollowBlock',
  block,
  blockHash: blockHashOf(block.header),
  height,
});

const followed = (block: Block, height = 0) => ({
  type: 'BlockFollowed',
  data: { blockHash: blockHashOf(block.header), height },
});

const confirmed = (transaction: Transaction, block: Block, height = 0) => ({
  type: 'TransactionConfirmed',
  data: { txid: txidOf(transaction), blockHash: blockHashOf(block.header), height },
});

describe('SubmitTransaction', () => {
  it('lets a sound payment wait and says whose it is, to whom, how much and with which fee', () => {
    const transaction = spend([coin], alice, [bob, 4n], [alice, 5n]);
    pool()
      .when(submit(transaction))
      .thenReply({ ok: true, txid: txidOf(transaction) })
      .thenEvents({
        type: 'TransactionAccepted',
        data: {
          txid: txidOf(transaction),
          hex: bytesToHex(encodeTransaction(transaction)),
          from: alice.address,
          to: bob.address,
          amount: '4',
          fee: '1',
          receivedAt: NOW,
        },
      });
  });

  it('says yes again to what waits already, without an event', () => {
    const { decisions } = pool()
      .when(submit(payment), submit(payment))
      .thenReplies({ ok: true, txid: txidOf(payment) }, { ok: true, txid: txidOf(payment) });
    expect(decisions.map(({ events }) => events.length)).toEqual([1, 0]);
  });

  it('of two in one batch that spend the same coin accepts the first: txn-mempool-conflict', () => {
    const { events } = pool()
      .when(submit(payment), submit(rival))
      .thenReplies({ ok: true }, { ok: false, code: 'txn-mempool-conflict' });
    expect(events).toHaveLength(1);
  });

  it('refuses what spends a coin that a waiting one spends: txn-mempool-conflict', () => {
    pool([coin, second], [payment]).when(submit(rival)).thenNothing().thenReply({ code: 'txn-mempool-conflict' });
  });

  it('does not accept an output of a transaction that only waits', () => {
    const change = { outpoint: { txid: txidOf(payment), vout: 1 }, coin: { ...coin.coin, value: 6n } };
    pool()
      .when(submit(payment), submit(spend([change], alice, [bob, 6n])))
      .thenReply({ ok: false, code: 'bad-txns-inputs-missingorspent' });
  });

  it('accepts what one block in the same batch has just confirmed', () => {
    const block = mineOn(undefined, alice, payment);
    const change = { outpoint: { txid: txidOf(payment), vout: 1 }, coin: { ...coin.coin, value: 6n } };
    pool([coin], [payment])
      .when(follow(block), submit(spend([change], alice, [bob, 6n])))
      .thenReplies({ ok: true }, { ok: true });
  });
});

describe('SubmitTransaction refuses, and nothing happens', () => {
  const locked = { ...payment, lockTime: 500, inputs: payment.inputs.map((input) => ({ ...input, sequence: 0 })) };
  const broken = { ...payment, inputs: payment.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(3) })) };
  const big = {
    ...payment,
    outputs: Array.from({ length: 3_000 }, () => ({ value: 0n, scriptPubKey: bob.script })),
  };
  const [output] = payment.outputs;
  const refusals: [string, Transaction][] = [
    ['bad-txns-vin-empty', { ...payment, inputs: [] }],
    ['bad-txns-vout-empty', { ...payment, outputs: [] }],
    [
      'bad-txns-vout-negative',
      signed({ ...payment, outputs: [{ value: -1n, scriptPubKey: bob.script }] }, [coin], alice),
    ],
    ['bad-txns-vout-toolarge', { ...payment, outputs: [{ value: 2n ** 60n, scriptPubKey: bob.script }] }],
    ['scriptpubkey', { ...payment, outputs: [{ value: output?.value ?? 0n, scriptPubKey: new Uint8Array(1) }] }],
    ['bad-txns-inputs-duplicate', spend([coin, coin], alice, [bob, 4n])],
    ['bad-txns-prevout-null', mixedWithCoinbase()],
    ['bad-txns-nonfinal', locked],
    ['tx-size', big],
    ['bad-txns-inputs-missingorspent', spend([coinOf(alice, 10n, 9)], alice, [bob, 4n])],
    ['bad-txns-in-belowout', spend([coin], alice, [bob, 11n])],
    ['mandatory-script-verify-flag-failed', spend([coin], bob, [bob, 10n])],
    ['mandatory-script-verify-flag-failed', broken],
  ];

  function mixedWithCoinbase(): Transaction {
    const [coinbase] = mineOn(undefined, alice).transactions;
    return { ...payment, inputs: [...payment.inputs, ...(coinbase?.inputs ?? [])] };
  }

  it.each(refusals)('%s', (code, transaction) => {
    const { state } = pool()
      .when(submit(transaction))
      .thenNothing()
      .thenReply({ ok: false, code: code as 'tx-size' });
    expect(state.transactions.size).toBe(0);
    expect(state.spenders.size).toBe(0);
  });

  it('mempool-full', () => {
    const full = new Map(Array.from({ length: 50_000 }, (_, index) => [String(index), payment]));
    scenario<PoolCommand, PoolState, ReturnType<typeof decide>['reply'], PoolEvent>({
      initial: () => ({ ...emptyPool(), transactions: full, coins: new CoinView([coin]) }),
      evolve: (state, event) => evolve(state, event),
      decide,
    })
      .when(submit(payment))
      .thenNothing()
      .thenReply({ ok: false, code: 'mempool-full' });
  });

  it('a coinbase that stands alone', () => {
    const [coinbase] = mineOn(undefined, alice).transactions as [Transaction];
    const { decisions } = pool().when(submit(coinbase)).thenNothing();
    expect(decisions[0]?.reply.ok).toBe(false);
  });
});

describe('FollowBlock', () => {
  it('confirms what waited, in block order, and frees its coins', () => {
    const other = spend([second], alice, [carol, 5n]);
    const block = mineOn(undefined, alice, other, payment);
    const { state } = pool([coin, second], [payment, other])
      .when(follow(block))
      .thenEvents(confirmed(other, block), confirmed(payment, block), followed(block));
    expect(state.transactions.size + state.spenders.size).toBe(0);
  });

  it('says of every block that it has followed it, so that nobody judges by the tip before', () => {
    const block = mineOn(undefined, alice, payment);
    pool().when(follow(block)).thenEvents(followed(block));
  });

  it('says nothing of a transaction twice', () => {
    const block = mineOn(undefined, alice, payment);
    pool([coin], [payment])
      .when(follow(block), follow(block))
      .thenEvents(confirmed(payment, block), followed(block), followed(block));
  });

  it('evicts what spends a coin that the block has spent otherwise', () => {
    const block = mineOn(undefined, alice, payment);
    const message = `block ${blockHashOf(block.header)} spends a coin of it`;
    const { state } = pool([coin, second], [rival])
      .when(follow(block))
      .thenEvents(
        {
          type: 'TransactionEvicted',
          data: { txid: txidOf(rival), reason: { code: 'txn-mempool-conflict', message } },
        },
        followed(block),
      );
    expect(state.transactions.size + state.spenders.size).toBe(0);
  });

  it('evicts once what conflicts with a block in two coins', () => {
    const block = mineOn(undefined, alice, payment, spend([second], alice, [bob, 5n]));
    const { events } = pool([coin, second], [rival]).when(follow(block));
    expect(events.map(({ type }) => type)).toEqual(['TransactionEvicted', 'BlockFollowed']);
  });

  it('leaves the others waiting, oldest first', () => {
    const others = [spend([second], alice, [carol, 5n]), spend([coinOf(bob, 3n, 3)], bob, [carol, 3n])];
    const block = mineOn(undefined, alice, payment);
    const { state } = pool([coin], [...others, payment]).when(follow(block));
    expect([...state.transactions.keys()]).toEqual(others.map(txidOf));
  });

  it('follows the tip, and the times of its last eleven blocks', () => {
    const blocks = [mineOn(undefined, alice)];
    for (let height = 1; height < 13; height++)
      blocks.push(mineOn(tipOf(blocks[height - 1] as Block, height - 1), alice));
    const { state } = pool().when(...blocks.map((block, height) => follow(block, height)));
    expect(state.tip).toMatchObject({ height: 12, blockHash: tipOf(blocks[12] as Block, 12).blockHash });
    expect(state.tip.times).toEqual(blocks.slice(2).map(({ header }) => header.time));
  });
});

describe('FollowStart', () => {
  it('clears the pool, its coins and its tip', () => {
    const { state } = pool([coin], [payment])
      .when({ type: 'FollowStart', chainId: 'chain-2' })
      .thenEvents({ type: 'PoolCleared', data: { chainId: 'chain-2' } });
    expect(state.transactions.size + state.spenders.size + state.coins.size).toBe(0);
    expect(state.tip).toEqual({ chainId: 'chain-2', blockHash: undefined, height: undefined, times: [] });
  });

  it('makes the old chain’s coins unknown to the rest of the batch', () => {
    pool()
      .when({ type: 'FollowStart', chainId: 'chain-2' }, submit(payment))
      .thenReply({ ok: false, code: 'bad-txns-inputs-missingorspent' });
  });
});

describe('ListFailedPayment', () => {
  const failure = (code: string) => ({
    paymentId: 'payment-1',
    from: alice.address,
    to: 'nonsense',
    amount: '3',
    txid: null,
    reason: { code, message: 'why' },
  });

  it('lists what failed on a rule, without its transaction, and locks nothing', () => {
    const { paymentId, from, to, amount, reason } = failure('invalid-address');
    const { state } = pool()
      .when({ type: 'ListFailedPayment', payment: failure('invalid-address') })
      .thenEvents({ type: 'FailedPaymentListed', data: { paymentId, from, to, amount, reason } });
    expect(state.transactions.size).toBe(0);
  });

  it('does not list what only its chain’s end has cancelled', () => {
    pool()
      .when({ type: 'ListFailedPayment', payment: failure('chain-started') })
      .thenNothing();
  });
});
