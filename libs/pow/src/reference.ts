/*
 * The nonce search as the protocol words it: write the nonce, hash the whole header twice, compare. No trick in it.
 * The judge of the faster ones, in the tests and over each nonce they name, and what runs where WebAssembly may not.
 */
import { doubleSha256 } from '@pocket/crypto';
import type { Scanner } from './search.ts';

const NONCE_OFFSET = 76;

export const referenceScanner: Scanner = {
  runLength: 64,
  prepare(header, target) {
    const meetsTarget = nonceJudge(header, target);
    return (from, to) => {
      for (let nonce = from; nonce < to; nonce++) {
        if (meetsTarget(nonce)) return nonce;
      }
      return undefined;
    };
  },
};

/** Says of a nonce whether the header with it meets the target. */
export function nonceJudge(header: Uint8Array, target: bigint): (nonce: number) => boolean {
  const hashOf = nonceHasher(header);
  return (nonce) => littleEndian(hashOf(nonce)) <= target;
}

/** The double SHA-256 of the header with a nonce. */
export function nonceHasher(header: Uint8Array): (nonce: number) => Uint8Array {
  const candidate = Uint8Array.from(header);
  const fields = new DataView(candidate.buffer);
  return (nonce) => {
    fields.setUint32(NONCE_OFFSET, nonce, true);
    return doubleSha256(candidate);
  };
}

/** A hash as the number that is held against a target. */
export function littleEndian(hash: Uint8Array): bigint {
  const words = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  let value = 0n;
  for (let offset = 24; offset >= 0; offset -= 8) value = (value << 64n) | words.getBigUint64(offset, true);
  return value;
}
