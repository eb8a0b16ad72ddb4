/** Private keys under a passphrase: opened by it alone, moved to no other address, and the same bytes every time. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createKeySeal, secretsOf, type KeySeal } from '../src/key-seal.ts';

const LOG_ID = '00000000-0000-4000-8000-000000000001';
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

let seal: KeySeal;
let other: KeySeal;
let elsewhere: KeySeal;
let composed: KeySeal;
let decomposed: KeySeal;

/** To be slow is what a seal is for. */
beforeAll(async () => {
  seal = await createKeySeal('open sesame', secretsOf(LOG_ID));
  other = await createKeySeal('open barley', secretsOf(LOG_ID));
  elsewhere = await createKeySeal('open sesame', secretsOf(LOG_ID.replace('1', '2')));
  composed = await createKeySeal('caf\u00e9', secretsOf(LOG_ID));
  decomposed = await createKeySeal('cafe\u0301', secretsOf(LOG_ID));
}, 60_000);

describe('a sealed key', () => {
  it('is opened by its passphrase, to the byte', () => {
    const sealed = seal.seal(key(1), 'alice');
    expect(sealed).toHaveLength(60);
    expect([...seal.open(sealed, 'alice')]).toEqual([...key(1)]);
    expect(sealed.includes(Buffer.from(key(1)))).toBe(false);
  });

  it('is not opened by another one, for another address, or changed', () => {
    const sealed = seal.seal(key(1), 'alice');
    const message = /^The passphrase is not the one/;
    expect(() => other.open(sealed, 'alice')).toThrow(message);
    expect(() => seal.open(sealed, 'bob')).toThrow(message);
    for (const at of [0, 12, 44, 59]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => seal.open(changed, 'alice')).toThrow(message);
    }
  });

  it('is the same bytes again, also where the passphrase is composed otherwise', () => {
    expect(composed.seal(key(1), 'alice').equals(decomposed.seal(key(1), 'alice'))).toBe(true);
  });

  it('shares its nonce with no other key, address, passphrase or system', () => {
    const nonces = [
      seal.seal(key(1), 'alice'),
      seal.seal(key(2), 'alice'),
      seal.seal(key(1), 'bob'),
      other.seal(key(1), 'alice'),
      elsewhere.seal(key(1), 'alice'),
    ].map((sealed) => sealed.toString('hex', 0, 12));
    expect(new Set(nonces).size).toBe(5);
  });
});

describe('the passphrase', () => {
  it('costs a guesser 128 MB and half a second: scrypt with N = 2^17, r = 8, p = 1', () => {
    expect(secretsOf(LOG_ID).scrypt).toEqual({ cost: 131_072, blockSize: 8, parallelization: 1 });
  });
});
