/** The amounts in the wallet's own sentences: what its decision says is what is read. */
import { describe, expect, it } from 'vitest';
import { coinOf, ownerOf } from '@pocket/testkit/builders';
import { decide, type WalletReply } from '../../../services/wallet/src/domain/decide.ts';
import { emptyState, type Means } from '../../../services/wallet/src/domain/state.ts';
import { paymentDetails } from '../../src/refusal/payment-refusal.ts';
import { reasonIn } from '../../src/refusal/reason-in.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];

function pay(amount: bigint, means: Partial<Means>): Extract<WalletReply, { ok: false }> {
  const state = emptyState();
  const { privateKey, address } = alice;
  const all: Means = { coins: [], allCoins: true, balance: 0n, privateKey, ...means };
  state.wallets.set(address, { address, version: 1, added: 0, means: all });
  const { reply } = decide({ type: 'Pay', paymentId: 'p', from: address, to: bob.address, amount }, state);
  if (reply.ok) throw new Error('the payment was not refused');
  return reply;
}

describe('the reason in an event', () => {
  const reasonOf = (code: string) => reasonIn({ txid: 'a', reason: { code, message: 'm' } });

  it('is one of the catalogue’s, or none', () => {
    expect(reasonOf('expired')).toEqual({ code: 'expired', message: 'm' });
    expect(reasonOf('mode-changed')).toBeUndefined();
    for (const data of [{}, null, 'text', undefined]) expect(reasonIn(data)).toBeUndefined();
  });
});

describe('the values behind a refused payment', () => {
  it('are what the wallet owns and what was needed', () => {
    const refusal = pay(25n, { coins: [coinOf(alice, 10n, 1)], balance: 10n });
    expect(paymentDetails(refusal)).toEqual({ found: '25', expected: 'at most 10' });
    expect(paymentDetails(pay(3n, {}))).toEqual({ found: '3', expected: 'at most 0' });
  });

  it('count what is too young to be spent as not there', () => {
    const refusal = pay(25n, { coins: [coinOf(alice, 10n, 1)], balance: 40n });
    expect(refusal.message).toContain('too recently');
    expect(paymentDetails(refusal)).toEqual({ found: '25', expected: 'at most 10' });
  });

  it('are none where it is about something else', () => {
    const refusal = pay(25n, { privateKey: undefined, coins: [coinOf(alice, 30n, 1)], balance: 30n });
    expect([refusal.code, paymentDetails(refusal)]).toEqual(['watch-only-wallet', undefined]);
  });
});
