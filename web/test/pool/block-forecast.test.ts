/** The pool as blocks to come. */
import { describe, expect, it } from 'vitest';
import { encodeTransaction, transactionSize, txidOf } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { coinOf, ownerOf, spend } from '@pocket/testkit/builders';
import { forecast, waitingOf, type WaitingTransaction } from '../../src/features/pool/block-forecast.ts';

const waiting = (txid: string, fee: bigint, sizeBytes = 100, parents: string[] = []): WaitingTransaction => ({
  ...{ txid, fee, sizeBytes, parents },
});
const txidsOf = (transactions: WaitingTransaction[], bytes?: number) =>
  forecast(transactions, bytes).map((block) => block.transactions.map(({ txid }) => txid));

describe('the forecast', () => {
  it('takes what pays most first, and of the same rate what came first', () => {
    const transactions = [waiting('low', 100n), waiting('same', 100n), waiting('high', 300n)];
    expect(txidsOf(transactions)).toEqual([['high', 'low', 'same']]);
  });

  it('takes a poor parent with its rich child, and before it', () => {
    const transactions = [waiting('middle', 200n), waiting('parent', 0n), waiting('child', 600n, 100, ['parent'])];
    expect(txidsOf(transactions)).toEqual([['parent', 'child', 'middle']]);
  });

  it('begins another block where one is full', () => {
    const transactions = [waiting('a', 300n), waiting('b', 200n), waiting('c', 100n)];
    expect(txidsOf(transactions, 200)).toEqual([['a', 'b'], ['c']]);
    expect(forecast(transactions, 200)[0]).toMatchObject({ sizeBytes: 200, fees: 500n, rates: [2, 3, 3] });
  });

  it('of an empty pool is empty', () => {
    expect(forecast([])).toEqual([]);
  });

  it('reads the pool’s entries, and leaves failed payments out', () => {
    const [alice, bob] = [ownerOf(1), ownerOf(2)];
    const coin = coinOf(alice, 500n, 7);
    const payment = spend([coin], alice, [bob, 400n]);
    const entry = { from: alice.address, to: bob.address, amount: '400', receivedAt: 0, reason: null };
    const entries = [
      { ...entry, txid: txidOf(payment), hex: bytesToHex(encodeTransaction(payment)), fee: '100' },
      { ...entry, txid: null, hex: null, fee: null, reason: { code: 'insufficient-funds', message: '' } },
    ];
    expect(waitingOf(entries)).toEqual([
      waiting(txidOf(payment), 100n, transactionSize(payment), [coin.outpoint.txid]),
    ]);
  });
});
