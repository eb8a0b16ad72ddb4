// The coin view as a set of coins by name, and the names themselves.
import { describe, expect, it } from 'vitest';
import { CoinView, NULL_OUTPOINT, isBlockHash, isNullOutpoint, isTxid, outpointKey } from '../src/index.ts';
import { alice, bob, coinOf, outpointOf } from './builders.ts';

describe('a coin view', () => {
  it('has what was added until it is spent, once', () => {
    const view = new CoinView();
    const coin = coinOf(alice, 5n);
    view.add(outpointOf(1), coin);
    expect(view.has(outpointOf(1))).toBe(true);
    expect(view.get(outpointOf(1))).toEqual(coin);
    expect(view.size).toBe(1);
    expect(view.spend(outpointOf(1))).toEqual(coin);
    expect(view.spend(outpointOf(1))).toBeUndefined();
    expect(view.has(outpointOf(1))).toBe(false);
    expect(view.size).toBe(0);
  });

  it('tells the outputs of a transaction apart', () => {
    const view = new CoinView([{ outpoint: outpointOf(1, 0), coin: coinOf(alice, 5n) }]);
    expect(view.get(outpointOf(1, 1))).toBeUndefined();
    view.add(outpointOf(1, 1), coinOf(bob, 6n));
    expect([...view.entries()].map(({ coin }) => coin.value)).toEqual([5n, 6n]);
  });
});

describe('an outpoint', () => {
  it('has a key of txid and index', () => {
    expect(outpointKey(outpointOf(10, 3))).toBe(`${'0'.repeat(63)}a:3`);
  });

  it('is null with both parts null only', () => {
    expect(isNullOutpoint(NULL_OUTPOINT)).toBe(true);
    expect(isNullOutpoint({ ...NULL_OUTPOINT, vout: 0 })).toBe(false);
    expect(isNullOutpoint({ ...outpointOf(1), vout: 0xffffffff })).toBe(false);
  });
});

describe('a hash in text', () => {
  it.each([
    ['0a'.repeat(32), true],
    ['0A'.repeat(32), false],
    ['0a'.repeat(31), false],
    ['0a'.repeat(33), false],
    ['zz'.repeat(32), false],
    ['', false],
  ])('%s: %s', (text, expected) => {
    expect(isTxid(text)).toBe(expected);
    expect(isBlockHash(text)).toBe(expected);
  });
});
