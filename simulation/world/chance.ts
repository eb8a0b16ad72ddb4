/** All chance of a simulation follows from its seed, that of node:crypto too: ids, keys and nonces come again. */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { randomOf, type Random } from '@pocket/testkit/random';

export interface Chance extends Random {
  /** True so many times in a thousand. */
  perMille(times: number): boolean;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
}

/** A generator for one `purpose`: what one part of the simulation draws changes nothing for the others. */
export function chanceOf(seed: number, purpose: string): Chance {
  const random = randomOf(mixed(seed, purpose));
  return {
    ...random,
    perMille: (times) => random.below(1_000) < times,
    between: (least, most) => least + random.below(most - least + 1),
  };
}

/** FNV-1a over the seed's digits and the purpose. */
function mixed(seed: number, purpose: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${seed}/${purpose}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Lets the whole process draw from `chance`, until the call that is returned. */
export function seedProcess(chance: Chance): () => void {
  const { randomUUID, randomBytes } = crypto;
  const random = Math.random;
  Object.assign(crypto, {
    randomUUID: () => uuidOf(chance.bytes(16)),
    randomBytes: (length: number) => Buffer.from(chance.bytes(length)),
  });
  Math.random = () => chance.below(2 ** 32) / 2 ** 32;
  syncBuiltinESMExports();
  return () => {
    Object.assign(crypto, { randomUUID, randomBytes });
    Math.random = random;
    syncBuiltinESMExports();
  };
}

/** RFC 9562, version 4. */
function uuidOf(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
