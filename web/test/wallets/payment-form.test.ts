/** What of a payment, or of an order to mine, is told wrong before it is sent. */
import { expect, it } from 'vitest';
import { orderFault, paymentFault } from '../../src/features/wallets/payment-form.ts';

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

it.each([
  [' ', 1, 'payee'],
  ['a', undefined, 'count'],
  ['a', 0, 'count'],
  ['a', 2.5, 'count'],
  ['a', 1, undefined],
])('for %j at most %j transactions: %s', (payee, txAmount, fault) => {
  expect(orderFault({ payee, txAmount })).toBe(fault);
});
