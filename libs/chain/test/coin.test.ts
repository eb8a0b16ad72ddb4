// Coins to undo data and back: one byte form for one list, and nothing else is read.
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Coin, decodeCoins, encodeCoins, p2pkhScript } from '../src/index.ts';

const P2PKH = '76a914' + '11'.repeat(20) + '88ac';

const anyCoin: fc.Arbitrary<Coin> = fc.record({
  value: fc.bigInt(0n, 2_100_000_000_000_000n),
  scriptPubKey: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ minLength: 20, maxLength: 20 }).map(p2pkhScript),
  ),
  height: fc.integer({ min: 0, max: 0x7fffffff }),
  coinbase: fc.boolean(),
});

describe('coins', () => {
  it('have the bytes they always had', () => {
    const coins: Coin[] = [
      { value: 1_000_000_000n, scriptPubKey: hexToBytes(P2PKH), height: 3, coinbase: true },
      { value: 0n, scriptPubKey: hexToBytes('6a01ff'), height: 0, coinbase: false },
    ];
    expect(bytesToHex(encodeCoins(coins))).toBe(`0207fe00ca9a3b00${'11'.repeat(20)}0000046a01ff`);
    expect(bytesToHex(encodeCoins([]))).toBe('00');
  });

  it('go there and back', () => {
    fc.assert(
      fc.property(fc.array(anyCoin, { maxLength: 5 }), (coins) => {
        expect(decodeCoins(encodeCoins(coins))).toEqual({ ok: true, coins });
      }),
    );
  });

  it('are read from no bytes but their own', () => {
    fc.assert(
      fc.property(fc.array(anyCoin, { maxLength: 3 }), fc.nat(), fc.nat(255), (coins, where, byte) => {
        const damaged = encodeCoins(coins);
        damaged[where % damaged.length] = byte;
        const decoded = decodeCoins(damaged);
        if (decoded.ok) expect(encodeCoins(decoded.coins)).toEqual(damaged);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a missing coin', '01'],
    ['a missing byte', `01070000${'11'.repeat(19)}`],
    ['a byte too many', `01070000${'11'.repeat(20)}00`],
    ['a P2PKH script in full', `0107001a${P2PKH}`],
    ['more coins than bytes', 'feffffffff'],
  ])('are not %s', (_, hex) => {
    expect(decodeCoins(hexToBytes(hex))).toMatchObject({ ok: false, code: 'coins-decode-failed' });
  });

  it.each([-1n, 2n ** 53n])('of %i base units are a bug', (value) => {
    const coin = { value, scriptPubKey: hexToBytes(P2PKH), height: 0, coinbase: false };
    expect(() => encodeCoins([coin])).toThrow(RangeError);
  });
});
