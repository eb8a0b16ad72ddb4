// Coinbases: the scripts of BIP 34 as literals, and that only the shortest form of a height is one.
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { script as judge } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Transaction, coinbaseHeight, createCoinbase, isCoinbase } from '../src/index.ts';
import { alice, coinOf, outpointOf, spend } from './builders.ts';

const EXTRA_NONCE = '0102030405060708';
const coinbaseAt = (height: number) =>
  createCoinbase({ height, extraNonce: hexToBytes(EXTRA_NONCE), outputs: [{ value: 7n, scriptPubKey: alice.script }] });
const withScript = (hex: string): Transaction => ({
  ...coinbaseAt(0),
  inputs: coinbaseAt(0).inputs.map((input) => ({ ...input, scriptSig: hexToBytes(hex) })),
});

const HEIGHTS: [height: number, push: string][] = [
  [0, '00'],
  [1, '51'],
  [16, '60'],
  [17, '0111'],
  [127, '017f'],
  [128, '028000'],
  [255, '02ff00'],
  [256, '020001'],
  [32767, '02ff7f'],
  [32768, '03008000'],
  [227_836, '03fc7903'],
  [8_388_607, '03ffff7f'],
  [8_388_608, '0400008000'],
  [2_147_483_647, '04ffffff7f'],
];

describe('a coinbase', () => {
  it.each(HEIGHTS)('of height %i begins with %s', (height, push) => {
    const coinbase = coinbaseAt(height);
    expect(bytesToHex(coinbase.inputs[0]?.scriptSig ?? new Uint8Array(0))).toBe(`${push}08${EXTRA_NONCE}`);
    expect(coinbaseHeight(coinbase)).toBe(height);
  });

  it('has the shape that Bitcoin gives it', () => {
    const coinbase = coinbaseAt(5);
    expect(coinbase).toMatchObject({ version: 1, lockTime: 0, outputs: [{ value: 7n }] });
    expect(coinbase.inputs).toMatchObject([
      { prevout: { txid: '00'.repeat(32), vout: 0xffffffff }, sequence: 0xffffffff },
    ]);
    expect(isCoinbase(coinbase)).toBe(true);
  });

  it('has the height bitcoinjs-lib reads', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 0x7fffffff }), (height) => {
        const [push] = judge.decompile(coinbaseAt(height).inputs[0]?.scriptSig ?? new Uint8Array(0)) ?? [];
        expect(push instanceof Uint8Array && judge.number.decode(push)).toBe(height);
        expect(coinbaseHeight(coinbaseAt(height))).toBe(height);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a small height as a number', '0105'],
    ['zero as a number', '0100'],
    ['a padded height', '02110000'],
    ['a negative height', '0191'],
    ['a push past the end', '0311'],
    ['five bytes', '05ffffffff00'],
    ['an opcode', 'ac'],
    ['a script of 255 times 0xff', 'ff'.repeat(255)],
  ])('has no height in %s', (_, hex) => {
    expect(coinbaseHeight(withScript(hex))).toBeUndefined();
  });

  it('takes an extra nonce of 8 bytes only', () => {
    const outputs = [{ value: 7n, scriptPubKey: alice.script }];
    expect(() => createCoinbase({ height: 1, extraNonce: new Uint8Array(7), outputs })).toThrow(RangeError);
  });

  it('is neither a payment nor something with more inputs', () => {
    const payment = spend([{ outpoint: outpointOf(1), coin: coinOf(alice, 5n) }], alice, [[alice, 5n]]);
    const coinbase = coinbaseAt(1);
    expect(isCoinbase(payment)).toBe(false);
    expect(isCoinbase({ ...coinbase, inputs: [] })).toBe(false);
    expect(isCoinbase({ ...coinbase, inputs: [...coinbase.inputs, ...payment.inputs] })).toBe(false);
  });
});
