// Compact targets: the vectors of Bitcoin Core's arith_uint256 tests, and rounding as a property.
import { bytesToHex } from '@pocket/crypto';
import { Block as Judge } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockHash, bitsFromTarget, hashMeetsTarget, targetFromBits, workOfBits } from '../src/index.ts';

const TARGETS: [bits: number, target: bigint, canonicalBits: number][] = [
  [0x00000000, 0n, 0],
  [0x00123456, 0n, 0],
  [0x01003456, 0n, 0],
  [0x02000056, 0n, 0],
  [0x03000000, 0n, 0],
  [0x04000000, 0n, 0],
  [0x01123456, 0x12n, 0x01120000],
  [0x02123456, 0x1234n, 0x02123400],
  [0x03123456, 0x123456n, 0x03123456],
  [0x04123456, 0x12345600n, 0x04123456],
  [0x05009234, 0x92340000n, 0x05009234],
  [0x20123456, 0x123456n << 232n, 0x20123456],
  [0x1d00ffff, 0xffffn << 208n, 0x1d00ffff],
  [0x1f100000, 1n << 244n, 0x1f100000],
  [0x207fffff, 0x7fffffn << 232n, 0x207fffff],
  [0x2100ffff, 0xffffn << 240n, 0x2100ffff],
  [0x220000ff, 0xffn << 248n, 0x2100ff00],
];

const INVALID: [why: string, bits: number][] = [
  ['negative', 0x04923456],
  ['negative', 0x01fedcba],
  ['negative', 0x1d80ffff],
  ['overflowing', 0xff123456],
  ['overflowing', 0x23000001],
  ['overflowing', 0x22000100],
  ['overflowing', 0x21010000],
];

describe('targetFromBits', () => {
  it.each(TARGETS)('of 0x%s is the target of Bitcoin Core', (bits, target, canonicalBits) => {
    expect(targetFromBits(bits)).toBe(target);
    expect(bitsFromTarget(target)).toBe(canonicalBits);
  });

  it.each(INVALID)('of a %s one (%i) is 0, which no hash meets and no work goes into', (_, bits) => {
    expect(targetFromBits(bits)).toBe(0n);
    expect(workOfBits(bits)).toBe(0n);
    expect(hashMeetsTarget('00'.repeat(32) as BlockHash, bits)).toBe(false);
  });

  it('agrees with bitcoinjs-lib', () => {
    const bits = fc.tuple(fc.integer({ min: 3, max: 32 }), fc.integer({ min: 0, max: 0x7fffff }));
    fc.assert(
      fc.property(bits, ([length, mantissa]) => {
        const compact = length * 0x1000000 + mantissa;
        const target = targetFromBits(compact).toString(16).padStart(64, '0');
        expect(bytesToHex(Judge.calculateTarget(compact))).toBe(target);
      }),
    );
  });
});

describe('bitsFromTarget', () => {
  it('does not let the sign bit be set', () => {
    expect(bitsFromTarget(0x80n)).toBe(0x02008000);
    expect(bitsFromTarget(2n ** 256n - 1n)).toBe(0x2100ffff);
  });

  it('rounds down, by less than 2^-15 of the target, and changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 256n - 1n), (target) => {
        const rounded = targetFromBits(bitsFromTarget(target));
        expect(rounded <= target && (target - rounded) << 15n < target).toBe(true);
        expect(bitsFromTarget(rounded)).toBe(bitsFromTarget(target));
      }),
    );
  });
});

describe('workOfBits', () => {
  it.each([
    [0x1d00ffff, 0x100010001n],
    [0x207fffff, 2n],
    [0x1f100000, 4095n],
  ])('of %i is %i hashes', (bits, work) => {
    expect(workOfBits(bits)).toBe(work);
  });
});

describe('hashMeetsTarget', () => {
  it('lets the target itself pass and nothing above', () => {
    const target = `0010${'00'.repeat(30)}` as BlockHash;
    const above = `0010${'00'.repeat(29)}01` as BlockHash;
    expect(hashMeetsTarget(target, 0x1f100000)).toBe(true);
    expect(hashMeetsTarget(above, 0x1f100000)).toBe(false);
    expect(hashMeetsTarget(`000f${'ff'.repeat(30)}` as BlockHash, 0x1f100000)).toBe(true);
  });
});
