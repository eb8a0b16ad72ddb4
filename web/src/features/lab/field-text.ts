/** How the values of a block's fields are written and read by people: numbers, hashes, bytes, amounts. Pure. */
import { hexToBytes, isHex, bytesToHex } from '@pocket/crypto';

/** What a field takes. */
export type TextKind = 'uint32' | 'int32' | 'hash' | 'hex' | 'amount' | 'address' | 'eightBytes' | 'height';

const INT64 = 1n << 63n;

export const hexText = bytesToHex;

/** Decimal, or hex behind `0x`; undefined for what is no number of 32 bits without a sign. */
export function uint32Of(text: string): number | undefined {
  return wholeIn(text, 0, 0xffffffff);
}

export function int32Of(text: string): number | undefined {
  return wholeIn(text, -0x80000000, 0x7fffffff);
}

/** A height that a coinbase's script can begin with. */
export function heightOf(text: string): number | undefined {
  return wholeIn(text, 0, 0x7fffffff);
}

export function hashOf(text: string): string | undefined {
  const digits = text.trim().toLowerCase();
  return isHex(digits, 32) ? digits : undefined;
}

/** @param length in bytes; any where it is not given. */
export function bytesOf(text: string, length?: number): Uint8Array | undefined {
  const digits = text.replaceAll(/\s/g, '').toLowerCase();
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/.test(digits)) return undefined;
  return length === undefined || digits.length === 2 * length ? hexToBytes(digits) : undefined;
}

/** Base units, as many as the format can hold, below zero too. */
export function amountOf(text: string): bigint | undefined {
  const digits = text.trim();
  if (!/^-?\d{1,19}$/.test(digits)) return undefined;
  const amount = BigInt(digits);
  return amount >= -INT64 && amount < INT64 ? amount : undefined;
}

export function bitsText(bits: number): string {
  return `0x${bits.toString(16).padStart(8, '0')}`;
}

function wholeIn(text: string, least: number, most: number): number | undefined {
  const digits = text.trim().toLowerCase();
  if (!/^-?\d+$|^0x[0-9a-f]+$/.test(digits)) return undefined;
  const number = Number(digits);
  return number >= least && number <= most ? number : undefined;
}
