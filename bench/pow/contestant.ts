/*
 * Whoever takes part in the bench of nonce searches: can say how fast it is over a slice of time. And those that are
 * a function in this thread: the searches of @pocket/pow, and noble's SHA-256 called twice with nothing around it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { createReferenceSearch, createSimdSearch, createWasmSearch, type NonceSearch } from '@pocket/pow';
import { createNativeSearch, NATIVE_KERNELS } from '@pocket/pow/native';

/** The hashes that the default network needs for a block. */
export const BLOCK_HASHES = 4_096;

/** Bitcoin's genesis block; at a target of 0 no nonce of it is ever found. */
export const HEADER = Uint8Array.from(
  Buffer.from(
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
      '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
    'hex',
  ),
);

export interface Contestant {
  readonly name: string;
  /**
   * Millions of double hashes in a second of processor time, over a slice of about this many milliseconds. Processor
   * time, because neighbours on the machine take away whole slices by the clock.
   */
  rate(sliceMs: number): number | Promise<number>;
}

export interface Loaded {
  readonly nonceSearch: NonceSearch;
  /** From nothing to the end of its first search, as long as a block needs. */
  readonly coldMs: number;
}

/** Those that load on this machine, fastest first. */
export async function searchesHere(): Promise<Loaded[]> {
  const native = NATIVE_KERNELS.map((kernel) => () => createNativeSearch(kernel));
  const loaded: Loaded[] = [];
  for (const create of [...native, createSimdSearch, createWasmSearch, createReferenceSearch]) {
    try {
      const start = performance.now();
      const nonceSearch = await create();
      blockMs(nonceSearch);
      loaded.push({ nonceSearch, coldMs: performance.now() - start });
    } catch (error) {
      console.log(`not here: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return loaded;
}

/** One search as long as a block of the default network needs, in milliseconds. */
export function blockMs({ search }: NonceSearch): number {
  const start = performance.now();
  search(HEADER, 0n, 0, BLOCK_HASHES);
  return performance.now() - start;
}

export function searching(nonceSearch: NonceSearch): Contestant {
  return { name: nonceSearch.name, rate: ratedHere(attemptsOf(nonceSearch)) };
}

/** Searches for so many milliseconds by the clock and says how many nonces it has tried. */
export type Attempts = (sliceMs: number) => number;

export function attemptsOf({ search }: NonceSearch): Attempts {
  return inPieces((count) => void search(HEADER, 0n, 0, count));
}

export function noble(): Contestant {
  const header = Uint8Array.from(HEADER);
  const fields = new DataView(header.buffer);
  const attempts = inPieces((count) => {
    for (let nonce = 0; nonce < count; nonce++) {
      fields.setUint32(76, nonce, true);
      sha256(sha256(header));
    }
  });
  return { name: 'noble', rate: ratedHere(attempts) };
}

/** In pieces of at least five milliseconds, so that what surrounds a search counts for nothing. */
function inPieces(work: (count: number) => void): Attempts {
  let piece = 256;
  for (let elapsed = 0; elapsed < 5; piece *= 2) {
    const start = performance.now();
    work(piece);
    elapsed = performance.now() - start;
  }
  return (sliceMs) => {
    const start = performance.now();
    let tried = 0;
    for (; performance.now() - start < sliceMs; tried += piece) work(piece);
    return tried;
  };
}

function ratedHere(attempts: Attempts): Contestant['rate'] {
  return (sliceMs) => {
    const before = process.cpuUsage();
    const tried = attempts(sliceMs);
    return tried / microsecondsSince(before);
  };
}

/** Of processor time that this process, all its threads together, was given. */
export function microsecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
