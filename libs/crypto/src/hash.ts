// The three hashes of Bitcoin and the two ways of writing one down.
// Inside transactions and headers a hash stands as computed; people and APIs see it byte-reversed in hex.
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 as sha256Of } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, isHex } from './bytes.ts';

/** SHA-256 (FIPS 180-4) of the parts one after the other, without joining them first; 32 bytes. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return sha256Of(only);
  const hash = sha256Of.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** SHA-256 of SHA-256 of the parts one after the other: Bitcoin's hash for blocks, transactions and signatures; 32 bytes. */
export function doubleSha256(...parts: Uint8Array[]): Uint8Array {
  return sha256Of(sha256(...parts));
}

/** RIPEMD-160 of SHA-256: what stands for a public key in an address; 20 bytes. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256Of(bytes));
}

/** A hash as people see it: 32 bytes, last first, as 64 lower-case hex digits. */
export function displayHash(hash: Uint8Array): string {
  return bytesToHex(hash.slice().reverse());
}

/** The inverse of `displayHash`: 32 bytes. Throws TypeError when the text is not 64 hex digits. */
export function internalHash(displayHex: string): Uint8Array {
  if (!isHex(displayHex, 32)) throw new TypeError('hash: expected 64 hex digits');
  return hexToBytes(displayHex).reverse();
}
