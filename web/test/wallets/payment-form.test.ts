/** What of a payment is told wrong before it is sent. */
import { expect, it } from 'vitest';
import { paymentFault } from '../../src/features/wallets/payment-form.ts';

it.each([
  ['', 'b', 1, 'from'],
  ['a', ' ', 1, 'to'],
  ['a', ' a ', 1, 'same'],
  ['a', 'b', undefined, 'amount'],
  ['a', 'b', 0, 'amount'],
  ['a', 'b', 1.5, 'amount'],
  ['a', 'b', 2 ** 53, 'amount'],
  ['a', 'b', 1, undefined],
])('from %j to %j, %j units: %s', (from, to, amount, fault) => {
  expect(paymentFault({ from, to, amount })).toBe(fault);
});
