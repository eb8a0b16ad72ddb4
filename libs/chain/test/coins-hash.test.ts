// The hash over a set of coins: a vector as a literal, and that nothing but the coins themselves matters to it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamedCoin, type Txid, coinsHash, p2pkhScript } from '../src/index.ts';

function coin(number: number, changes: Partial<NamedCoin['coin']> = {}, vout = 0): NamedCoin {
  const txid = number.toString(16).padStart(64, '0') as Txid;
  const scriptPubKey = p2pkhScript(new Uint8Array(20).fill(7));
  return { outpoint: { txid, vout }, coin: { value: 5n, scriptPubKey, height: 3, coinbase: false, ...changes } };
}

describe('the hash of coins', () => {
  it('of none is the double SHA-256 of nothing', () => {
    expect(coinsHash([])).toBe('56944c5d3f98413ef45cf54545538103cc9f298e0575820ad3591376e2e0f65d');
  });

  it('of one is that of its outpoint, origin, value and script', () => {
    expect(coinsHash([coin(1)])).toBe('29117412624037cc75baa03ee3236421e63e5b3d928864d05d91372e46cb7021');
  });

  it.each([
    ['value', coin(1, { value: 6n })],
    ['height', coin(1, { height: 4 })],
    ['origin', coin(1, { coinbase: true })],
    ['script', coin(1, { scriptPubKey: p2pkhScript(new Uint8Array(20)) })],
    ['index', coin(1, {}, 1)],
    ['transaction', coin(2)],
  ])('changes with the %s', (_what, other) => {
    expect(coinsHash([other])).not.toBe(coinsHash([coin(1)]));
  });

  it('is the same in whatever order the coins come', () => {
    const coins = Array.from({ length: 40 }, (_, index) => coin(index * 977, {}, index % 3));
    fc.assert(
      fc.property(fc.shuffledSubarray(coins, { minLength: coins.length }), (shuffled) => {
        expect(coinsHash(shuffled)).toBe(coinsHash(coins));
      }),
      { seed: 11, numRuns: 20 },
    );
  });
});
