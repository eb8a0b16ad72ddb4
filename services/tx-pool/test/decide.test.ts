/** What may wait for a block: every refusal of a submission, dry runs, new beginnings, failed payments, sweeps. */
import { describe, expect, it } from 'vitest';
import { blockHashOf, networks, txidOf, type Transaction } from '@pocket/chain';
import { coinOf, mineOn, signed, spend } from '@pocket/testkit/builders';
import type { PoolCommand } from '../src/domain/commands.ts';
import {
  alice,
  bob,
  carol,
  hexOf,
  NOW,
  outputOf,
  pool,
  stories,
  submissionOf,
  submit,
  waiting,
} from './pool-scenario.ts';

const coin = coinOf(alice, 10n, 1);
const second = coinOf(alice, 5n, 2);
const coins = [coin, second];
const payment = spend([coin], alice, [bob, 4n], [alice, 6n]);
const rival = spend([coin, second], alice, [carol, 15n]);

describe('SubmitTransaction', () => {
  it('lets a sound payment wait and says whose it is, to whom, how much and with which fee', () => {
    const transaction = spend([coin], alice, [bob, 4n], [alice, 5n]);
    const txid = txidOf(transaction);
    const hex = hexOf(transaction);
    pool({ coins })
      .when(submit(transaction))
      .thenReply({ ok: true, txid, fee: '1', sizeBytes: hex.length / 2 })
      .thenEvents({
        type: 'TransactionAccepted',
        data: { txid, hex, from: alice.address, to: bob.address, amount: '4', fee: '1', receivedAt: NOW },
      });
  });

  it('says yes again to what waits already, without an event', () => {
    const { decisions } = pool({ coins }).when(submit(payment), submit(payment));
    const sizeBytes = hexOf(payment).length / 2;
    for (const { reply } of decisions) expect(reply).toEqual({ ok: true, txid: txidOf(payment), fee: '0', sizeBytes });
    expect(decisions.map(({ events }) => events.length)).toEqual([1, 0]);
  });

  it('of two in one batch that spend the same coin accepts the first: txn-mempool-conflict', () => {
    const { events } = pool({ coins })
      .when(submit(payment), submit(rival))
      .thenReplies({ ok: true }, { ok: false, code: 'txn-mempool-conflict' });
    expect(events).toHaveLength(1);
  });

  it('accepts what spends an output of one that waits, behind it', () => {
    const child = spend([outputOf(payment, 1)], alice, [carol, 6n]);
    const { state } = pool({ coins })
      .when(submit(payment, NOW + 5), submit(child, NOW))
      .thenReplies({ ok: true }, { ok: true });
    expect(state.pool.get(txidOf(child))).toMatchObject({ receivedAt: NOW + 5, ordinal: 1 });
    expect([...(state.pool.get(txidOf(payment))?.children ?? [])].map(({ txid }) => txid)).toEqual([txidOf(child)]);
  });

  it('refuses an output of a waiting one that is spent by another: txn-mempool-conflict', () => {
    const children = [bob, carol].map((owner) => spend([outputOf(payment, 1)], alice, [owner, 6n]));
    pool({ coins })
      .when(submit(payment), ...children.map((child) => submit(child)))
      .thenReplies({ ok: true }, { ok: true }, { ok: false, code: 'txn-mempool-conflict' });
  });

  it('refuses an output that a waiting transaction does not have', () => {
    const beyond = { ...outputOf(payment, 1), outpoint: { txid: txidOf(payment), vout: 2 } };
    pool({ coins })
      .when(submit(payment), submit(spend([beyond], alice, [bob, 6n])))
      .thenReply({ ok: false, code: 'bad-txns-inputs-missingorspent' });
  });

  it('accepts what one block in the same batch has just confirmed', () => {
    const block = mineOn(undefined, alice, payment);
    const follow = {
      type: 'FollowBlock' as const,
      block,
      undo: [coin.coin],
      blockHash: blockHashOf(block.header),
      height: 0,
    };
    pool({ coins, waits: [waiting(payment)] })
      .when(follow, submit(spend([outputOf(payment, 1)], alice, [bob, 6n])))
      .thenReplies({ ok: true }, { ok: true });
  });
});

describe('SubmitTransaction refuses, and nothing happens', () => {
  const locked = { ...payment, lockTime: 500, inputs: payment.inputs.map((input) => ({ ...input, sequence: 0 })) };
  const withScript = (length: number) => ({
    ...payment,
    inputs: payment.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(length) })),
  });
  const outputs = Array.from({ length: 3_000 }, () => ({ value: 0n, scriptPubKey: bob.script }));
  const [output] = payment.outputs;
  const [coinbase] = mineOn(undefined, alice).transactions as [Transaction];
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
    ['bad-txns-prevout-null', { ...payment, inputs: [...payment.inputs, ...coinbase.inputs] }],
    ['coinbase', coinbase],
    ['bad-txns-nonfinal', locked],
    ['version', { ...payment, version: 0 }],
    ['version', { ...payment, version: 3 }],
    ['tx-size', { ...payment, outputs }],
    ['scriptsig-size', withScript(1_651)],
    ['mandatory-script-verify-flag-failed', withScript(1_650)],
    ['bad-txns-inputs-missingorspent', spend([coinOf(alice, 10n, 9)], alice, [bob, 4n])],
    ['bad-txns-in-belowout', spend([coin], alice, [bob, 11n])],
    ['mandatory-script-verify-flag-failed', spend([coin], bob, [bob, 10n])],
    ['mandatory-script-verify-flag-failed', withScript(3)],
  ];

  it.each(refusals)('%s', (code, transaction) => {
    const { state, decisions } = pool({ coins }).when(submit(transaction)).thenNothing();
    expect(decisions[0]?.reply).toMatchObject({ ok: false, code });
    expect(decisions[0]?.reply).toHaveProperty('details.found');
    expect(decisions[0]?.reply).toHaveProperty('details.expected');
    expect(state.pool.size).toBe(0);
    expect(state.pool.spenderOf(coin.outpoint)).toBeUndefined();
  });

  it('a reward that is not mature yet, by the rules of its network', () => {
    const reward = { ...coin, coin: { ...coin.coin, coinbase: true, height: 5 } };
    const scene = (height: number) => ({ coins: [reward], network: networks['bitcoin-regtest'], tip: { height } });
    const early = pool(scene(103)).when(submit(payment)).thenNothing();
    early.thenReply({ ok: false, code: 'bad-txns-premature-spend-of-coinbase' });
    const { state } = pool(scene(104)).when(submit(payment)).thenReply({ ok: true });
    expect(state.pool.get(txidOf(payment))?.coinbaseHeight).toBe(5);
  });

  it('what a block holds already, as long as one of its outputs is unspent: txn-already-known', () => {
    pool({ coins: [outputOf(payment, 1)] })
      .when(submit(payment))
      .thenNothing()
      .thenReply({ ok: false, code: 'txn-already-known' });
  });
});

describe('TestTransactions', () => {
  const child = spend([outputOf(payment, 1)], alice, [carol, 6n]);
  const test = (...transactions: Transaction[]): PoolCommand => ({
    type: 'TestTransactions',
    submissions: transactions.map(submissionOf),
    now: NOW,
  });

  it('judges each as if those before it waited, and changes nothing', () => {
    const { decisions, state } = pool({ coins })
      .when(test(child, payment, child, rival))
      .thenNothing();
    expect(decisions[0]?.reply).toMatchObject([
      { ok: false, code: 'bad-txns-inputs-missingorspent' },
      { ok: true, txid: txidOf(payment), fee: '0' },
      { ok: true, txid: txidOf(child) },
      { ok: false, code: 'txn-mempool-conflict' },
    ]);
    expect([state.pool.size, state.pool.sizeBytes]).toEqual([0, 0]);
    expect(state.pool.spenderOf(coin.outpoint)).toBeUndefined();
  });

  it('puts back what a dear one would have replaced', () => {
    const dear = spend([coin], alice, [bob, 1n]);
    const rich = coinOf(alice, 10_000n, 1);
    const waits = [waiting(payment), waiting(child)];
    const { decisions, state } = pool({ coins: [rich], waits }).when(test(dear));
    expect(decisions[0]?.reply).toMatchObject([{ ok: true, fee: '9999' }]);
    expect([...state.pool.values()].map(({ txid }) => txid).sort()).toEqual([payment, child].map(txidOf).sort());
    expect(state.pool.get(txidOf(child))?.parents.size).toBe(1);
    expect(state.pool.spenderOf(rich.outpoint)?.txid).toBe(txidOf(payment));
  });
});

describe('FollowStart', () => {
  const begin: PoolCommand = { type: 'FollowStart', chainId: 'chain-2', network: networks.classroom };

  it('clears the pool, its coins and its tip, and takes the rules of the new network', () => {
    const { state } = pool({ coins, waits: [waiting(payment)] })
      .when(begin)
      .thenEvents({ type: 'PoolCleared', data: { chainId: 'chain-2' } });
    expect([state.pool.size, state.pool.sizeBytes, state.coins.size]).toEqual([0, 0, 0]);
    expect(state.tip).toEqual({
      chainId: 'chain-2',
      network: networks.classroom,
      blockHash: undefined,
      height: undefined,
      times: [],
      reorganizedFrom: undefined,
    });
  });

  it('makes the old chain’s coins unknown to the rest of the batch', () => {
    pool({ coins }).when(begin, submit(payment)).thenReply({ ok: false, code: 'bad-txns-inputs-missingorspent' });
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
    const { state } = pool({ coins })
      .when({ type: 'ListFailedPayment', payment: failure('invalid-address') })
      .thenEvents({ type: 'FailedPaymentListed', data: { paymentId, from, to, amount, reason } });
    expect(state.pool.size).toBe(0);
  });

  it('does not list what only its chain’s end has cancelled', () => {
    pool()
      .when({ type: 'ListFailedPayment', payment: failure('chain-started') })
      .thenNothing();
  });
});

describe('SweepPool', () => {
  const child = spend([outputOf(payment, 1)], alice, [carol, 6n]);
  const other = spend([second], alice, [carol, 5n]);
  const HOURS_336_MS = 1_209_600_000;

  it('evicts what has waited for 336 hours, with what needs it: expired', () => {
    const waits = [waiting(payment), waiting(child, { receivedAt: NOW + 9 }), waiting(other, { receivedAt: NOW + 1 })];
    const { events, state } = pool({ waits }).when({ type: 'SweepPool', now: NOW + HOURS_336_MS + 1 });
    expect(stories(events)).toEqual([
      ['TransactionEvicted', txidOf(payment), 'expired'],
      ['TransactionEvicted', txidOf(child), 'expired'],
    ]);
    expect([...state.pool.values()].map(({ txid }) => txid)).toEqual([txidOf(other)]);
  });

  it('leaves what has waited for no longer than that, or as the operator has set it', () => {
    const waits = [waiting(payment)];
    pool({ waits })
      .when({ type: 'SweepPool', now: NOW + HOURS_336_MS })
      .thenNothing();
    const { events } = pool({ waits, policy: { expiryHours: 1 } }).when({ type: 'SweepPool', now: NOW + 3_600_001 });
    expect(events).toHaveLength(1);
  });
});
