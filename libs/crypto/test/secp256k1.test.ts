// The three implementations of the curve against each other, and the self-test against deliberate faults.
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
import { loadNativeSecp256k1, loadWasmSecp256k1 } from '../src/native.ts';

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** The add-on has no binary for some machines; all others are here everywhere. */
const hasBinary = ['linux-x64', 'darwin-arm64', 'win32-x64'].includes(`${process.platform}-${process.arch}`);
const fast: readonly Secp256k1[] = [await loadWasmSecp256k1(), ...(hasBinary ? [loadNativeSecp256k1()] : [])];

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const privateKey = bytes32.filter((bytes) => tiny.isPrivate(bytes));

beforeEach(() => useSecp256k1(noble));

describe.each(fast)('$name and noble', (other) => {
  it('make the same keys and signatures, and accept each other', () => {
    fc.assert(
      fc.property(privateKey, bytes32, (key, digest) => {
        const publicKey = noble.publicKey(key);
        const signature = noble.sign(digest, key);
        expect(other.publicKey(key)).toEqual(publicKey);
        expect(other.sign(digest, key)).toEqual(signature);
        expect(other.verify(signature, digest, publicKey)).toBe(true);
        expect(noble.verify(signature, digest, publicKey)).toBe(true);
        expect(other.decompress(publicKey)).toEqual(noble.decompress(publicKey));
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
        expect(other.verify(...parts)).toBe(noble.verify(...parts));
        expect(other.decompress(parts[2])).toEqual(noble.decompress(parts[2]));
      }),
      { numRuns: 25 },
    );
  });

  it('agree on the signature with its S negated, and on keys in any encoding', () => {
    fc.assert(
      fc.property(privateKey, bytes32, fc.integer({ min: 0, max: 8 }), (key, digest, prefix) => {
        const publicKey = noble.publicKey(key);
        const low = noble.sign(digest, key);
        expect(other.verify(highS(low), digest, publicKey)).toBe(false);
        expect(noble.verify(highS(low), digest, publicKey)).toBe(false);
        const [point = publicKey] = [noble.decompress(publicKey)];
        for (const encoded of [
          Uint8Array.of(prefix, ...publicKey.slice(1)),
          Uint8Array.of(prefix, ...point.slice(1)),
        ]) {
          expect(other.verify(low, digest, encoded)).toBe(noble.verify(low, digest, encoded));
          expect(other.decompress(encoded)).toEqual(noble.decompress(encoded));
        }
      }),
      { numRuns: 10 },
    );
  });

  it('agree on arbitrary bytes of any length', () => {
    const any = (length: number) => fc.oneof(fc.uint8Array({ minLength: length, maxLength: length }), fc.uint8Array());
    fc.assert(
      fc.property(any(64), any(32), any(33), (signature, digest, publicKey) => {
        expect(other.verify(signature, digest, publicKey)).toBe(noble.verify(signature, digest, publicKey));
        expect(other.decompress(publicKey)).toEqual(noble.decompress(publicKey));
      }),
      { numRuns: 60 },
    );
  });

  it.each([0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n])('sign the digest %i alike', (number) => {
    const key = hexToBytes('33'.repeat(32));
    const digest = bytesOf(number);
    expect(other.sign(digest, key)).toEqual(noble.sign(digest, key));
    expect(other.verify(noble.sign(digest, key), digest, noble.publicKey(key))).toBe(true);
  });
});

it('refuses the high S that tiny-secp256k1 accepts unless told otherwise', () => {
  const key = hexToBytes('11'.repeat(32));
  const digest = hexToBytes('22'.repeat(32));
  const high = highS(noble.sign(digest, key));
  expect(tiny.verify(digest, noble.publicKey(key), high)).toBe(true);
  expect([noble, ...fast].map(({ verify }) => verify(high, digest, noble.publicKey(key)))).not.toContain(true);
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
  it('takes every implementation that agrees into use', () => {
    expect(secp256k1InUse()).toBe('noble');
    for (const implementation of fast) {
      useSecp256k1(implementation);
      expect(secp256k1InUse()).toBe(implementation.name);
    }
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

/** The other signature of the same digest by the same key, which strict verification refuses. */
function highS(low: Uint8Array): Uint8Array {
  return concatBytes(low.slice(0, 32), bytesOf(ORDER - BigInt(`0x${bytesToHex(low.slice(32))}`)));
}

function bytesOf(number: bigint): Uint8Array {
  return hexToBytes(number.toString(16).padStart(64, '0'));
}
