// Keys and signatures as the protocol knows them, with node:crypto and ecpair as outside judges.
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { ECPairFactory } from 'ecpair';
import fc from 'fast-check';
import * as tiny from 'tiny-secp256k1';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bytesToHex,
  concatBytes,
  decodeDer,
  encodeDer,
  hexToBytes,
  isPrivateKey,
  publicKeyOf,
  publicKeyPem,
  publicKeyXY,
  signDigest,
  verifyDigest,
} from '../src/index.ts';
import { useFastestSecp256k1 } from '../src/native.ts';

const ecpair = ECPairFactory(tiny);
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKey = bytes32.filter((bytes) => tiny.isPrivate(bytes));

beforeAll(async () => {
  await useFastestSecp256k1();
});

describe('isPrivateKey', () => {
  it.each([
    ['00'.repeat(31) + '01', true],
    [ORDER.slice(0, -1) + '0', true],
    ['00'.repeat(32), false],
    [ORDER, false],
    [ORDER.slice(0, -1) + '2', false],
    ['ff'.repeat(32), false],
    ['01'.repeat(31), false],
    ['01'.repeat(33), false],
    ['', false],
  ])('of %s is %s', (hex, expected) => {
    expect(isPrivateKey(hexToBytes(hex))).toBe(expected);
  });

  it('agrees with tiny-secp256k1 around the order', () => {
    fc.assert(
      fc.property(fc.nat(31), fc.nat(255), (where, byte) => {
        const bytes = hexToBytes(ORDER);
        bytes[where] = byte;
        expect(isPrivateKey(bytes)).toBe(tiny.isPrivate(bytes));
      }),
    );
  });
});

describe('a public key', () => {
  it('is that of ecpair, and its x and y are those of node:crypto', () => {
    fc.assert(
      fc.property(privateKey, (key) => {
        const publicKey = publicKeyOf(key);
        expect(bytesToHex(publicKey)).toBe(bytesToHex(ecpair.fromPrivateKey(key).publicKey));
        const { x, y } = createPublicKey(publicKeyPem(publicKey)).export({ format: 'jwk' });
        const coordinates = [x, y].map((part) => Buffer.from(part ?? '', 'base64url').toString('hex'));
        expect(bytesToHex(publicKeyXY(publicKey))).toBe(coordinates.join(''));
      }),
      { numRuns: 30 },
    );
  });

  it('has the PEM that OpenSSL writes', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    expect(publicKeyPem(tiny.pointCompress(point, true))).toBe(pem);
  });

  it.each(['', `02${'00'.repeat(31)}05`, `04${'11'.repeat(32)}`])('is not %j', (hex) => {
    expect(() => publicKeyXY(hexToBytes(hex))).toThrow(RangeError);
    expect(() => publicKeyPem(hexToBytes(hex))).toThrow(RangeError);
  });
});

describe('a signature', () => {
  it('is one that ecpair makes and accepts', () => {
    fc.assert(
      fc.property(privateKey, bytes32, (key, digest) => {
        const pair = ecpair.fromPrivateKey(key);
        const der = signDigest(digest, key);
        const compact = decodeDer(der) ?? new Uint8Array(0);
        expect(compact).toEqual(pair.sign(digest));
        expect(pair.verify(digest, compact)).toBe(true);
        expect(verifyDigest(digest, der, publicKeyOf(key))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  const key = hexToBytes('01'.repeat(32));
  const digest = hexToBytes('02'.repeat(32));
  const der = signDigest(digest, key);
  const publicKey = publicKeyOf(key);
  const uncompressed = concatBytes(Uint8Array.of(4), publicKeyXY(publicKey));

  it.each([
    ['another digest', hexToBytes('03'.repeat(32)), der, publicKey],
    ['a short digest', digest.slice(1), der, publicKey],
    ['another key', digest, der, publicKeyOf(hexToBytes('04'.repeat(32)))],
    ['the same key uncompressed', digest, der, uncompressed],
    ['no key', digest, der, new Uint8Array(0)],
    ['a hash type left on', digest, concatBytes(der, Uint8Array.of(1)), publicKey],
    ['compact form', digest, decodeDer(der) ?? der, publicKey],
    ['zeroes', digest, encodeDer(new Uint8Array(64)), publicKey],
    ['nothing', digest, new Uint8Array(0), publicKey],
  ])('is refused with %s', (_, someDigest, someDer, someKey) => {
    expect(verifyDigest(digest, der, publicKey)).toBe(true);
    expect(verifyDigest(someDigest, someDer, someKey)).toBe(false);
  });
});
