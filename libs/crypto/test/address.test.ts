// Base58Check and addresses: vectors of Bitcoin Core's tests, one fault each, and bitcoinjs-lib as the judge.
import { address as judge } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesToHex,
  decodeAddress,
  decodeBase58Check,
  encodeAddress,
  encodeBase58Check,
  hash160,
  hexToBytes,
} from '../src/index.ts';

const MAIN = 0x00;
const TEST = 0x6f;

const ADDRESSES: [text: string, version: number, hash: string][] = [
  ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', MAIN, '62e907b15cbf27d5425399ebf6f0fb50ebb88f18'],
  ['1AGNa15ZQXAZUgFiqJ2i7Z2DPU2J6hW62i', MAIN, '65a16059864a2fdbc7c99a4723a8395bc6f188eb'],
  ['1Ax4gZtb7gAit2TivwejZHYtNNLT18PUXJ', MAIN, '6d23156cbbdcc82a5a47eee4c2c7c583c18b6bf4'],
  ['1111111111111111111114oLvT2', MAIN, '00'.repeat(20)],
  ['mo9ncXisMeAoXwqcV5EWuyncbmCcQN4rVs', TEST, '53c0307d6851aa0ce7825ba883c6bd9ad242b486'],
  ['n3ZddxzLvAY9o7184TB4c6FJasAybsw4HZ', TEST, 'f1d470f9b02370fdec2e6b708b08ac431bf7a5f7'],
  ['mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r', TEST, '751e76e8199196d454941c45d1b3a323f1433bd6'],
];

describe('an address', () => {
  it.each(ADDRESSES)('%s of version %i stands for its hash', (text, version, hash) => {
    expect(encodeAddress(hexToBytes(hash), version)).toBe(text);
    expect(decodeAddress(text, version)).toEqual({ ok: true, hash160: hexToBytes(hash), address: text });
  });

  it('is that of the key 1 on test networks', () => {
    const publicKey = hexToBytes('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');
    expect(encodeAddress(hash160(publicKey), TEST)).toBe('mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r');
  });

  it('is that of bitcoinjs-lib', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(255), (hash, version) => {
        const text = encodeAddress(hash, version);
        expect(text).toBe(judge.toBase58Check(hash, version));
        expect(judge.fromBase58Check(text).hash).toEqual(hash);
        expect(decodeAddress(text, version)).toEqual({ ok: true, hash160: hash, address: text });
      }),
    );
  });

  it.each([
    ['a character outside base58', 'mrCDrCybB6J1vRfbwM5hemdJz73FwDBC80', 'bad-base58'],
    ['a space', ' mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r', 'bad-base58'],
    ['a letter beyond ASCII', 'mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8é', 'bad-base58'],
    ['a megabyte', '1'.repeat(1_000_000), 'bad-base58'],
    ['nothing', '', 'bad-checksum'],
    ['three bytes', '1112', 'bad-checksum'],
    ['a typing error', 'mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8s', 'bad-checksum'],
    ['another network', '1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH', 'bad-version'],
    ['no payload', encodeBase58Check(new Uint8Array(0)), 'bad-version'],
    ['19 bytes', encodeBase58Check(hexToBytes(`6f${'11'.repeat(19)}`)), 'bad-length'],
    ['21 bytes', encodeBase58Check(hexToBytes(`6f${'11'.repeat(21)}`)), 'bad-length'],
  ])('is not %s', (_, text, code) => {
    expect(decodeAddress(text, TEST)).toMatchObject({ ok: false, code });
  });

  it('is not made of anything but 20 bytes', () => {
    expect(() => encodeAddress(new Uint8Array(19), TEST)).toThrow(RangeError);
    expect(() => encodeAddress(new Uint8Array(33), TEST)).toThrow(RangeError);
  });
});

describe('Base58Check', () => {
  it.each([
    ['', '3QJmnh'],
    ['00', '1Wh4bh'],
    [
      '80eddbdc1168f1daeadbd3e44c1e3f8f5a284c2029f78ad26af98583a499de5b19',
      '5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr',
    ],
  ])('writes %j as %s', (hex, text) => {
    expect(encodeBase58Check(hexToBytes(hex))).toBe(text);
    expect(bytesToHex(decodeBase58Check(text) ?? Uint8Array.of(0xff))).toBe(hex);
  });

  it.each(['', '1', '3QJmni', '0', 'l', '3QJmnh '])('does not read %j', (text) => {
    expect(decodeBase58Check(text)).toBeUndefined();
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (payload) => {
        expect(decodeBase58Check(encodeBase58Check(payload))).toEqual(payload);
      }),
    );
  });
});
