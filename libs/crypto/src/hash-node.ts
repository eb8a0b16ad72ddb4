// The hash functions of node:crypto: OpenSSL, asked in one call each. For Node only.
// Measured: `hash(…, 'hex')` and reading the hex is 2 to 4 times as fast as asking for a Buffer or as `createHash`,
// and 4 (33 bytes) to 20 times (200 kB) as fast as the reference.
import { hash } from 'node:crypto';
import { hexToBytes } from './bytes.ts';
import type { Hashes } from './hash-implementation.ts';

/** node:crypto's; RIPEMD-160 throws where the OpenSSL behind it was built without. */
export const nodeHashes: Hashes = {
  name: 'node',
  sha256: (bytes) => hexToBytes(hash('sha256', bytes, 'hex')),
  ripemd160: (bytes) => hexToBytes(hash('ripemd160', bytes, 'hex')),
};
