/**
 * Hashes on a scale that can be looked at: how many zero bits one begins with, with what comes behind them as a fraction.
 * A bit more is half as likely. Pure.
 */
const HASH_BITS = 256;
/** So many digits say all that a number can hold. */
const DIGITS = 16;

/** 256 - log2(hash + 1) for 64 hex digits: 12 for a hash of 12 zero bits and then ones only. */
export function zeroBits(hash: string): number {
  const digits = hash.replace(/^0+/, '');
  const leading = Number(BigInt(`0x${digits.slice(0, DIGITS).padEnd(DIGITS, 'f')}`)) + 1;
  return HASH_BITS - 4 * (digits.length - DIGITS) - Math.log2(leading);
}

/** How many hashes it takes on the average until one begins with so many zero bits. */
export const hashesFor = (bits: number): number => 2 ** bits;

/** How many zero bits the best of so many hashes is likely to have. */
export const bitsAfter = (hashes: number): number => Math.log2(Math.max(hashes, 1));

/** The target that asks for so many zero bits more. */
export const harder = (target: string, bits: number): string =>
  (BigInt(`0x${target}`) >> BigInt(bits)).toString(16).padStart(target.length, '0');
