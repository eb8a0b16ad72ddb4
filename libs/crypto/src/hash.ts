// The three hashes of Bitcoin and the two ways of writing one down.
// Inside transactions and headers a hash stands as computed; people and APIs see it byte-reversed in hex.
// The reference is noble's. A faster implementation is taken into use only after a self-test.
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes, hexToBytes, reversedHex } from './bytes.ts';
import type { Hashes, HashesName } from './hash-implementation.ts';
import { hashDisagreementOf } from './hash-self-test.ts';

/** The reference implementation: JavaScript, runs everywhere. */
export const nobleHashes: Hashes = { name: 'noble', sha256: nobleSha256, ripemd160 };

const HASH_LENGTH = 32;
let inUse: Hashes = nobleHashes;

/**
 * Takes an implementation into use for everything that hashes in this process.
 * Throws an Error naming it, and changes nothing, when it disagrees with a published vector or with the reference.
 */
export function useHashes(hashes: Hashes): void {
  const disagreement = hashDisagreementOf(hashes, nobleHashes);
  if (disagreement !== undefined) throw new Error(`hash implementation "${hashes.name}" is wrong: ${disagreement}`);
  inUse = hashes;
}

/** The name of the implementation in use. */
export function hashesInUse(): HashesName {
  return inUse.name;
}

/** SHA-256 (FIPS 180-4) of the parts one after the other; 32 bytes. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  return inUse.sha256(joined(parts));
}

/** SHA-256 of SHA-256 of the parts one after the other: Bitcoin's hash for blocks, transactions and signatures; 32 bytes. */
export function doubleSha256(...parts: Uint8Array[]): Uint8Array {
  return inUse.sha256(inUse.sha256(joined(parts)));
}

/** RIPEMD-160 of SHA-256: what stands for a public key in an address; 20 bytes. */
export function hash160(bytes: Uint8Array): Uint8Array {
  return inUse.ripemd160(inUse.sha256(bytes));
}

/** A hash as people see it: 32 bytes, last first, as 64 lower-case hex digits. */
export function displayHash(hash: Uint8Array): string {
  return reversedHex(hash);
}

/** The inverse of `displayHash`: 32 bytes. Throws TypeError when the text is not 64 hex digits. */
export function internalHash(displayHex: string): Uint8Array {
  if (displayHex.length !== 2 * HASH_LENGTH) throw new TypeError('hash: expected 64 hex digits');
  return hexToBytes(displayHex).reverse();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : concatBytes(...parts);
}
