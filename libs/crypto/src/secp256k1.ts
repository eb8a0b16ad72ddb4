// ECDSA on secp256k1 behind one small interface, so that a fast implementation can stand in for the reference.
// The reference is noble's. An implementation is taken into use only after a self-test against fixed vectors.
// Callers use keys.ts, which speaks DER and says what a valid signature is.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import * as noble from '@noble/secp256k1';
import { type Secp256k1, type Secp256k1Name, implementationBy } from './secp256k1-implementation.ts';
import { disagreementOf } from './secp256k1-self-test.ts';

noble.hashes.sha256 = sha256;
noble.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);

/** The reference implementation: JavaScript, runs everywhere, verifies some hundred signatures a second. */
export const nobleSecp256k1: Secp256k1 = implementationBy('noble', {
  publicKey: (privateKey) => noble.getPublicKey(privateKey, true),
  sign: (digest, privateKey) => noble.sign(digest, privateKey, { prehash: false }),
  verify: (compact, digest, publicKey) => noble.verify(compact, digest, publicKey, { prehash: false, lowS: true }),
  decompress: (publicKey) => noble.Point.fromBytes(publicKey).toBytes(false),
});

let inUse: Secp256k1 = nobleSecp256k1;

/**
 * Takes an implementation into use for everything that signs or verifies in this process.
 * Throws an Error naming it, and changes nothing, when it disagrees with one of the fixed vectors.
 */
export function useSecp256k1(implementation: Secp256k1): void {
  const disagreement = disagreementOf(implementation);
  if (disagreement !== undefined) {
    throw new Error(`secp256k1 implementation "${implementation.name}" is wrong: ${disagreement}`);
  }
  inUse = implementation;
}

/** The name of the implementation in use, for the start banner, the logs and the node's own page. */
export function secp256k1InUse(): Secp256k1Name {
  return inUse.name;
}

/** The implementation in use: what keys.ts calls. */
export function currentSecp256k1(): Secp256k1 {
  return inUse;
}
