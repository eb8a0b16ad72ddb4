// What only Node has: the fast implementations of the curve and of the hash functions, and the choice between them.
// An entry of its own, `@pocket/crypto/native`, so that `@pocket/crypto` stays loadable in a browser.
// The choice is made once, at start; what is missing or answers a vector wrongly is passed over, and that is told.
import { nodeHashes } from './hash-node.ts';
import { hashesInUse, nobleHashes, useHashes } from './hash.ts';
import type { HashesName } from './hash-implementation.ts';
import { loadNativeSecp256k1 } from './secp256k1-addon.ts';
import type { Secp256k1, Secp256k1Name } from './secp256k1-implementation.ts';
import { loadWasmSecp256k1 } from './secp256k1-wasm.ts';
import { nobleSecp256k1, secp256k1InUse, useSecp256k1 } from './secp256k1.ts';

export { loadNativeSecp256k1, loadWasmSecp256k1, nodeHashes };

/** An implementation of the curve and how to get it; `load` may throw where there is none. */
export interface Secp256k1Candidate {
  readonly name: Secp256k1Name;
  readonly load: () => Secp256k1 | Promise<Secp256k1>;
}

/** What runs now, and what would have been faster with the reason why it does not run, for a line in the log. */
export interface Choice<Name extends string> {
  readonly name: Name;
  readonly passedOver: readonly PassedOver[];
}

export interface PassedOver {
  readonly name: string;
  readonly why: string;
}

/** All that there are, fastest first. */
const CANDIDATES: readonly Secp256k1Candidate[] = [
  { name: 'native', load: loadNativeSecp256k1 },
  { name: 'wasm', load: loadWasmSecp256k1 },
];

/** Takes the fastest implementations this machine has into use, of the curve and of the hash functions. */
export async function useFastestCryptography(): Promise<{
  secp256k1: Choice<Secp256k1Name>;
  hashes: Choice<HashesName>;
}> {
  return { hashes: useFastestHashes(), secp256k1: await useFastestSecp256k1() };
}

/** Takes the first of the candidates into use that is there and passes the self-test; else the reference. */
export async function useFastestSecp256k1(
  candidates: readonly Secp256k1Candidate[] = CANDIDATES,
): Promise<Choice<Secp256k1Name>> {
  const passedOver: PassedOver[] = [];
  for (const { name, load } of candidates) {
    try {
      useSecp256k1(await load());
      return { name, passedOver };
    } catch (error) {
      passedOver.push({ name, why: reasonOf(error) });
    }
  }
  useSecp256k1(nobleSecp256k1);
  return { name: secp256k1InUse(), passedOver };
}

/** Takes node:crypto's hash functions into use if they pass the self-test; else the reference. */
export function useFastestHashes(candidate = nodeHashes): Choice<HashesName> {
  try {
    useHashes(candidate);
    return { name: candidate.name, passedOver: [] };
  } catch (error) {
    useHashes(nobleHashes);
    return { name: hashesInUse(), passedOver: [{ name: candidate.name, why: reasonOf(error) }] };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
