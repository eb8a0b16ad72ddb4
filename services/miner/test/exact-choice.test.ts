/** Exactly the transactions that somebody names: in the pool's order, with what they spend from, or not at all. */
import { describe, expect, it } from 'vitest';
import { encodeTransaction, txidOf, type NamedCoin, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { coinOf, ownerOf, spend } from '@pocket/testkit/builders';
import { exactlyThese } from '../src/domain/exact-choice.ts';
import { candidatesOf } from '../src/domain/policy.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const parent = spend([coinOf(alice, 10n, 1)], alice, [bob, 10n]);
const outputOf = (transaction: Transaction): NamedCoin => ({
  outpoint: { txid: txidOf(transaction), vout: 0 },
  coin: { value: 10n, scriptPubKey: bob.script, height: 2, coinbase: false },
});
const child = spend([outputOf(parent)], bob, [alice, 10n]);
const stranger = spend([coinOf(bob, 10n, 2)], bob, [alice, 9n]);
const candidates = candidatesOf({
  transactions: [parent, child, stranger].map((transaction) => ({
    txid: txidOf(transaction),
    hex: bytesToHex(encodeTransaction(transaction)),
    fee: '0',
    receivedAt: 1,
  })),
});
const [parentId, childId, strangerId] = [txidOf(parent), txidOf(child), txidOf(stranger)];

describe('exactlyThese', () => {
  it.each([
    [[], []],
    [[strangerId], [strangerId]],
    [
      [strangerId, childId, parentId],
      [parentId, childId, strangerId],
    ],
  ])('takes what is named, each behind what it spends from', (named, taken) => {
    const chosen = exactlyThese(candidates, named);
    expect(chosen.ok && chosen.value.map(({ txid }) => txid)).toEqual(taken);
  });

  it.each([
    [['ab'.repeat(32)], `${'ab'.repeat(32)} does not wait in the pool`],
    [[childId], `${childId} spends from ${parentId}, which waits in the pool itself`],
  ])('refuses what cannot stand alone', (named, detail) => {
    const chosen = exactlyThese(candidates, named);
    expect(chosen).toMatchObject({ ok: false, problem: { code: 'not-in-pool', status: 422 } });
    expect(chosen.ok ? '' : chosen.problem.detail).toContain(detail);
  });
});
