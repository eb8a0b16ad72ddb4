// The two implementations of the curve against each other, against tiny-secp256k1, and against deliberate faults.
import fc from 'fast-check';
import * as tiny from 'tiny-secp256k1';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Secp256k1,
  bytesToHex,
  concatBytes,
  hexToBytes,
  nobleSecp256k1 as noble,
  secp256k1InUse,
  useSecp256k1,
} from '../src/index.ts';
import { loadNativeSecp256k1 } from '../src/native.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const native = (await loadNativeSecp256k1()) ?? noble;

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKey = bytes32.filter((bytes) => tiny.isPrivate(bytes));

beforeEach(() => useSecp256k1(noble));

describe('noble and native', () => {
  it('make the same keys and signatures as tiny-secp256k1, and accept each other', () => {
    fc.assert(
      fc.property(privateKey, bytes32, (key, digest) => {
        const publicKey = noble.publicKey(key);
        const signature = noble.sign(digest, key);
        expect(native.publicKey(key)).toEqual(publicKey);
        expect(tiny.pointFromScalar(key, true)).toEqual(publicKey);
        expect(native.sign(digest, key)).toEqual(signature);
        expect(tiny.sign(digest, key)).toEqual(signature);
        expect(native.verify(signature, digest, publicKey)).toBe(true);
        expect(noble.verify(signature, digest, publicKey)).toBe(true);
        expect(native.decompress(publicKey)).toEqual(noble.decompress(publicKey));
        expect(tiny.pointCompress(publicKey, false)).toEqual(noble.decompress(publicKey));
      }),
      { numRuns: 15 },
    );
  });

  it('agree on damaged signatures, digests and keys', () => {
    fc.assert(
      fc.property(privateKey, bytes32, fc.nat(128), fc.nat(7), (key, digest, where, bit) => {
        const whole = concatBytes(noble.sign(digest, key), digest, noble.publicKey(key));
        whole[where] = (whole[where] ?? 0) ^ (1 << bit);
        const parts = [whole.slice(0, 64), whole.slice(64, 96), whole.slice(96)] as const;
        expect(native.verify(...parts)).toBe(noble.verify(...parts));
        expect(native.decompress(parts[2])).toEqual(noble.decompress(parts[2]));
      }),
      { numRuns: 25 },
    );
  });

  it('agree on arbitrary bytes of any length', () => {
    const any = (length: number) => fc.oneof(fc.uint8Array({ minLength: length, maxLength: length }), fc.uint8Array());
    fc.assert(
      fc.property(any(64), any(32), any(33), (signature, digest, publicKey) => {
        expect(native.verify(signature, digest, publicKey)).toBe(noble.verify(signature, digest, publicKey));
        expect(native.decompress(publicKey)).toEqual(noble.decompress(publicKey));
      }),
      { numRuns: 60 },
    );
  });

  it('refuse the high S that other libraries accept', () => {
    const key = hexToBytes('11'.repeat(32));
    const digest = hexToBytes('22'.repeat(32));
    const low = noble.sign(digest, key);
    const s = BigInt(`0x${bytesToHex(low.slice(32))}`);
    const high = concatBytes(low.slice(0, 32), bytesOf(ORDER - s));
    expect(tiny.verify(digest, noble.publicKey(key), high)).toBe(true);
    expect(noble.verify(high, digest, noble.publicKey(key))).toBe(false);
    expect(native.verify(high, digest, noble.publicKey(key))).toBe(false);
  });

  it.each([0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n])('sign the digest %i alike', (number) => {
    const key = hexToBytes('33'.repeat(32));
    const digest = bytesOf(number);
    expect(native.sign(digest, key)).toEqual(noble.sign(digest, key));
    expect(tiny.sign(digest, key)).toEqual(noble.sign(digest, key));
    expect(native.verify(noble.sign(digest, key), digest, noble.publicKey(key))).toBe(true);
  });
});

const FAULTS: [what: string, fault: Partial<Secp256k1>][] = [
  ['accepts high S', { verify: (compact, digest, key) => key.length === 33 && lenientVerify(compact, digest, key) }],
  [
    'accepts uncompressed keys',
    { verify: (...parts) => falseWhenThrown(() => tiny.verify(parts[1], parts[2], parts[0], true)) },
  ],
  ['accepts everything', { verify: () => true }],
  ['accepts nothing', { verify: () => false }],
  ['throws instead of refusing', { verify: (compact, digest, key) => tiny.verify(digest, key, compact, true) }],
  ['hashes before it signs', { sign: (_, key) => noble.sign(new Uint8Array(32), key) }],
  ['makes uncompressed keys', { publicKey: (key) => tiny.pointFromScalar(key, false) ?? key }],
  ['decompresses hybrid keys', { decompress: (key) => noble.decompress(key) ?? (key[0] === 6 ? key : undefined) }],
  ['decompresses to something else', { decompress: () => new Uint8Array(65) }],
  ['takes zero for a private key', { publicKey: (key) => (tiny.isPrivate(key) ? noble.publicKey(key) : key) }],
];

describe('useSecp256k1', () => {
  it('takes an implementation that agrees into use', () => {
    expect(secp256k1InUse()).toBe('noble');
    useSecp256k1({ ...native, name: 'native' });
    expect(secp256k1InUse()).toBe('native');
  });

  it.each(FAULTS)('refuses one that %s, by name', (_, fault) => {
    expect(() => useSecp256k1({ ...noble, name: 'native', ...fault })).toThrow(/"native" is wrong/);
    expect(secp256k1InUse()).toBe('noble');
  });
});

function lenientVerify(compact: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean {
  return falseWhenThrown(() => tiny.verify(digest, publicKey, compact));
}

function falseWhenThrown(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}

function bytesOf(number: bigint): Uint8Array {
  return hexToBytes(number.toString(16).padStart(64, '0'));
}
