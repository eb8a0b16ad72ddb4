// Coin selection and payments: who is taken, in what order, and that nothing is lost between coins and outputs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamedCoin, buildPayment, selectCoins } from '../src/index.ts';
import { alice, bob, coinOf, outpointOf } from './builders.ts';

const coins = (...values: number[]): NamedCoin[] =>
  values.map((value, index) => ({ outpoint: outpointOf(index + 1), coin: coinOf(alice, BigInt(value)) }));
const candidates = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 12 }).map((values) => coins(...values));
const amounts = fc.bigInt(1n, 300n);

describe('selectCoins', () => {
  it.each([
    ['the largest first', [3, 9, 5], 12n, [9, 5], 2n],
    ['one coin when it is enough', [3, 9, 5], 8n, [9], 1n],
    ['the exact coin rather than a larger', [3, 9, 5], 5n, [5], 0n],
    ['all of them if need be', [3, 9, 5], 17n, [9, 5, 3], 0n],
  ])('takes %s', (_, values, amount, taken, change) => {
    const selection = selectCoins(coins(...values), amount);
    expect(selection).toMatchObject({ ok: true, change });
    expect(selection.ok && selection.selected.map(({ coin }) => coin.value)).toEqual(taken.map(BigInt));
  });

  it('orders equal coins by txid, then by index', () => {
    const equal = [outpointOf(2, 1), outpointOf(10, 0), outpointOf(2, 0), outpointOf(1, 7)];
    const selection = selectCoins(
      equal.map((outpoint) => ({ outpoint, coin: coinOf(alice, 4n) })),
      15n,
    );
    const expected = [outpointOf(1, 7), outpointOf(2, 0), outpointOf(2, 1), outpointOf(10, 0)];
    expect(selection.ok && selection.selected.map(({ outpoint }) => outpoint)).toEqual(expected);
  });

  it.each([
    [[], 1n, 0n],
    [[3, 9, 5], 18n, 17n],
  ])('of %j refuses %i and says what is there', (values, amount, available) => {
    expect(selectCoins(coins(...values), amount)).toMatchObject({ ok: false, code: 'insufficient-funds', available });
  });

  it.each([0n, -1n])('is not asked for %i', (amount) => {
    expect(() => selectCoins(coins(1), amount)).toThrow(RangeError);
  });

  it('is enough, wastes no coin, and does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(candidates, amounts, (all, amount) => {
        const selection = selectCoins(all, amount);
        expect(selectCoins([...all].reverse(), amount)).toEqual(selection);
        const total = all.reduce((sum, { coin }) => sum + coin.value, 0n);
        expect(selection.ok).toBe(total >= amount);
        if (!selection.ok) return;
        const values = selection.selected.map(({ coin }) => coin.value);
        expect(values.reduce((sum, value) => sum + value, 0n) - amount).toBe(selection.change);
        expect(values.every((value) => selection.change < value)).toBe(true);
      }),
    );
  });
});

describe('buildPayment', () => {
  const selected = coins(9, 5);

  it('pays first and gives change second', () => {
    const payment = buildPayment({ selected, toScript: bob.script, amount: 12n, changeScript: alice.script });
    expect(payment).toEqual({
      version: 1,
      inputs: selected.map(({ outpoint }) => ({
        prevout: outpoint,
        scriptSig: new Uint8Array(0),
        sequence: 0xffffffff,
      })),
      outputs: [
        { value: 12n, scriptPubKey: bob.script },
        { value: 2n, scriptPubKey: alice.script },
      ],
      lockTime: 0,
    });
  });

  it('has no change output when nothing is left', () => {
    const payment = buildPayment({ selected, toScript: bob.script, amount: 14n, changeScript: alice.script });
    expect(payment.outputs).toEqual([{ value: 14n, scriptPubKey: bob.script }]);
  });

  it('is not built from too little', () => {
    const payment = { selected, toScript: bob.script, amount: 15n, changeScript: alice.script };
    expect(() => buildPayment(payment)).toThrow(RangeError);
  });
});
