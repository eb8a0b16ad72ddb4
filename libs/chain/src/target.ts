// Proof of work in numbers: the compact form of a target (`bits`), the work it stands for, and whether a hash meets it.
// The compact form is a base-256 floating point number: one byte of length, a sign bit, 23 bits of mantissa.
import type { BlockHash } from './outpoint.ts';

const MANTISSA_MASK = 0x007fffff;
const SIGN_BIT = 0x00800000;
const TARGET_LIMIT = 1n << 256n;

/** The target of `bits`; 0n, which no hash meets, for a negative or overflowing one (Bitcoin Core, arith_uint256 SetCompact). */
export function targetFromBits(bits: number): bigint {
  const length = bits >>> 24;
  const mantissa = BigInt(bits & MANTISSA_MASK);
  if ((bits & SIGN_BIT) !== 0) return 0n;
  const target = length <= 3 ? mantissa >> BigInt(8 * (3 - length)) : mantissa << BigInt(8 * (length - 3));
  return target < TARGET_LIMIT ? target : 0n;
}

/** The compact form of a target from 0 to 2^256 - 1, rounded down to 23 bits of precision (Bitcoin Core, GetCompact). */
export function bitsFromTarget(target: bigint): number {
  let length = Math.ceil(target.toString(2).length / 8);
  if (target === 0n) return 0;
  let mantissa = Number(length <= 3 ? target << BigInt(8 * (3 - length)) : target >> BigInt(8 * (length - 3)));
  if ((mantissa & SIGN_BIT) !== 0) {
    mantissa >>= 8;
    length += 1;
  }
  return length * 0x1000000 + mantissa;
}

/** How many hashes a block of these `bits` takes on average: 2^256 / (target + 1); 0n for an invalid target. */
export function workOfBits(bits: number): bigint {
  const target = targetFromBits(bits);
  return target === 0n ? 0n : TARGET_LIMIT / (target + 1n);
}

/** True when the hash, read as a number, is at most the target of `bits`. */
export function hashMeetsTarget(blockHash: BlockHash, bits: number): boolean {
  const target = targetFromBits(bits);
  return target > 0n && BigInt(`0x${blockHash}`) <= target;
}
