// The hashes against published digests and against node:crypto, on whole and on split input.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bytesFromLatin1,
  bytesToHex,
  displayHash,
  doubleSha256,
  hash160,
  hexToBytes,
  internalHash,
  nobleHashes,
  sha256,
  useHashes,
} from '../src/index.ts';
import { nodeHashes } from '../src/native.ts';

const ABC_SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const PUBLIC_KEY_OF_1 = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';

const digest = (algorithm: string, bytes: Uint8Array) => new Uint8Array(createHash(algorithm).update(bytes).digest());

describe.each([nobleHashes, nodeHashes])('the hashes of $name', (hashes) => {
  beforeAll(() => useHashes(hashes));
  afterAll(() => useHashes(nobleHashes));

  it('give the published digests', () => {
    expect(bytesToHex(sha256(bytesFromLatin1('abc')))).toBe(ABC_SHA256);
    expect(bytesToHex(doubleSha256(bytesFromLatin1('hello')))).toBe(
      '9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50',
    );
    expect(bytesToHex(hash160(hexToBytes(PUBLIC_KEY_OF_1)))).toBe('751e76e8199196d454941c45d1b3a323f1433bd6');
  });

  it('agree with node:crypto however the input is split', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 4 }), (parts) => {
        const whole = Buffer.concat(parts);
        expect(sha256(...parts)).toEqual(digest('sha256', whole));
        expect(doubleSha256(...parts)).toEqual(digest('sha256', digest('sha256', whole)));
        expect(hash160(whole)).toEqual(digest('ripemd160', digest('sha256', whole)));
      }),
    );
  });
});

describe('the hashes of node and noble', () => {
  it('are the same plain arrays, and leave the input as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const input = bytes.slice();
        for (const name of ['sha256', 'ripemd160'] as const) {
          const [fast, reference] = [nodeHashes[name](input), nobleHashes[name](input)];
          expect(fast).toEqual(reference);
          expect(Object.getPrototypeOf(fast)).toBe(Uint8Array.prototype);
        }
        expect(input).toEqual(bytes);
      }),
    );
  });
});

describe('useHashes', () => {
  it.each([
    ['sha256', 'another SHA-256'],
    ['ripemd160', 'another RIPEMD-160'],
  ])('refuses a %s that is wrong for one length, by name', (name, fault) => {
    const right = name === 'sha256' ? nobleHashes.sha256 : nobleHashes.ripemd160;
    const wrong = (bytes: Uint8Array) => right(bytes.length === 119 ? bytes.subarray(1) : bytes);
    expect(() => useHashes({ ...nobleHashes, name: 'node', [name]: wrong })).toThrow(`"node" is wrong: ${fault}`);
  });
});

describe('the display form', () => {
  it('is the bytes from last to first', () => {
    const hash = Uint8Array.from({ length: 32 }, (_, index) => index);
    const shown = '1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100';
    expect(displayHash(hash)).toBe(shown);
    expect(internalHash(shown)).toEqual(hash);
    expect(hash[0]).toBe(0);
  });

  it.each(['', '00', `${'00'.repeat(31)}0`, 'gg'.repeat(32), '00'.repeat(33)])('is not %j', (text) => {
    expect(() => internalHash(text)).toThrow(TypeError);
  });
});
