/** Which of the pool's transactions a block takes, as tables: what was refused, what spends from it, what fits. */
import { describe, expect, it } from 'vitest';
import { encodeTransaction, networks, txidOf, type NamedCoin, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { coinOf, mineOn, ownerOf, spend } from '@pocket/testkit/builders';
import { budgetOf, candidatesOf, refusedTransaction, takeCandidates } from '../src/domain/policy.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const outputOf = (transaction: Transaction): NamedCoin => ({
  outpoint: { txid: txidOf(transaction), vout: 0 },
  coin: { value: 10n, scriptPubKey: bob.script, height: 2, coinbase: false },
});

/** A pays B, B pays on what it got, twice; and a payment that has to do with none of them. */
const parent = spend([coinOf(alice, 10n, 1)], alice, [bob, 10n]);
const child = spend([outputOf(parent)], bob, [bob, 10n]);
const grandchild = spend([outputOf(child)], bob, [carol, 10n]);
const stranger = spend([coinOf(carol, 10n, 2)], carol, [alice, 9n]);
const names = new Map<string | undefined, string>(
  Object.entries({ parent, child, grandchild, stranger }).map(([name, transaction]) => [txidOf(transaction), name]),
);

const candidates = candidatesOf({
  transactions: [parent, child, stranger, grandchild].map((transaction, index) => ({
    txid: txidOf(transaction),
    hex: bytesToHex(encodeTransaction(transaction)),
    fee: String(index),
    receivedAt: index,
  })),
});

describe('candidates', () => {
  it('are the transactions that the pool offers, with their fees', () => {
    expect(candidates.map(({ transaction }) => transaction)).toEqual([parent, child, stranger, grandchild]);
    expect(candidates.map(({ fee }) => fee)).toEqual([0n, 1n, 2n, 3n]);
  });

  it.each([
    { refused: [], limit: 9, taken: ['parent', 'child', 'stranger', 'grandchild'] },
    { refused: [], limit: 2, taken: ['parent', 'child'] },
    { refused: [], limit: 0, taken: [] },
    { refused: [parent], limit: 9, taken: ['stranger'] },
    { refused: [child], limit: 9, taken: ['parent', 'stranger'] },
    { refused: [child], limit: 2, taken: ['parent', 'stranger'] },
    { refused: [grandchild], limit: 9, taken: ['parent', 'child', 'stranger'] },
    { refused: [parent, stranger], limit: 9, taken: [] },
  ])('of which $refused.length were refused, at most $limit: $taken', ({ refused, limit, taken }) => {
    const txids = new Set(refused.map(txidOf));
    expect(takeCandidates(candidates, txids, limit).map(({ txid }) => names.get(txid))).toEqual(taken);
  });
});

describe('a block', () => {
  it.each(Object.values(networks))('of $name leaves room for its coinbase', (params) => {
    expect(budgetOf(params)).toEqual({ maxSizeBytes: 999_000, maxSignatureOperations: 19_900 });
  });
});

describe('a refusal of a block', () => {
  const block = mineOn(undefined, alice, parent, child);

  it.each([
    { details: { transaction: 1 }, named: 'parent' },
    { details: { transaction: 2, found: 'x' }, named: 'child' },
    { details: { transaction: 0 }, named: undefined },
    { details: { transaction: 3 }, named: undefined },
    { details: { transaction: 'x' }, named: undefined },
    { details: { found: 1 }, named: undefined },
    { details: undefined, named: undefined },
  ])('with $details names $named', ({ details, named }) => {
    expect(names.get(refusedTransaction(block, details))).toBe(named);
  });
});
