/*
 * The speed of the nonce searches, one thread: every one that runs here, side by side, at a target that is never met.
 * They take turns in short slices, so that a busy moment of the machine falls on all of them. And the search that the
 * default network needs for a block, 4,096 hashes, as the first thing a new process does and later on: a WebAssembly
 * engine compiles what it runs a second time while it runs. Run: npm run bench -- pow
 */
import { createReferenceSearch, createSimdSearch, createWasmSearch, type NonceSearch } from '@pocket/pow';
import { median, rounded } from './median.ts';

const ROUNDS = 15;
const SLICE_MS = 100;
const BLOCK_HASHES = 4_096;

const header = crypto.getRandomValues(new Uint8Array(80));

interface Contestant {
  readonly nonceSearch: NonceSearch;
  /** From nothing to the end of its first search. */
  readonly coldMs: number;
  readonly rates: number[];
}

/** Those that load on this machine, fastest first. */
async function contestants(): Promise<Contestant[]> {
  const loaded: Contestant[] = [];
  for (const create of [createSimdSearch, createWasmSearch, createReferenceSearch]) {
    try {
      const start = performance.now();
      const nonceSearch = await create();
      blockMs(nonceSearch);
      loaded.push({ nonceSearch, coldMs: performance.now() - start, rates: [] });
    } catch (error) {
      console.log(`not here: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return loaded;
}

/** One search as long as a block of the default network needs, in milliseconds. */
function blockMs({ search }: NonceSearch): number {
  const start = performance.now();
  search(header, 0n, 0, BLOCK_HASHES);
  return performance.now() - start;
}

/** Millions of double hashes a second, over one slice of time. */
function megahashesPerSecond(nonceSearch: NonceSearch): number {
  const start = performance.now();
  let tried = 0;
  while (performance.now() - start < SLICE_MS) {
    blockMs(nonceSearch);
    tried += BLOCK_HASHES;
  }
  return tried / (performance.now() - start) / 1_000;
}

const measured = await contestants();
for (let round = 0; round <= ROUNDS; round++) {
  for (const { nonceSearch, rates } of measured) {
    const rate = megahashesPerSecond(nonceSearch);
    if (round > 0) rates.push(rate); // the first round warms up
  }
}

const referenceRate = median(measured.at(-1)?.rates ?? []);
const results = measured.map(({ nonceSearch, coldMs, rates }) => ({
  name: nonceSearch.name,
  rate: rounded(median(rates)),
  ratio: rounded(median(rates) / referenceRate),
  coldMs: rounded(coldMs),
  warmMs: rounded(median(Array.from({ length: ROUNDS }, () => blockMs(nonceSearch)))),
}));

console.log(`              MH/s   times reference   ${BLOCK_HASHES} hashes, cold / warm`);
for (const { name, rate, ratio, coldMs, warmMs } of results) {
  const speed = `${rate.toFixed(2).padStart(6)} ${ratio.toFixed(1).padStart(17)}`;
  console.log(`${name.padEnd(11)} ${speed} ${coldMs.toFixed(1).padStart(19)} / ${warmMs.toFixed(1)} ms`);
}
const searches = Object.fromEntries(results.map(({ name, ...figures }) => [name, figures]));
console.log(JSON.stringify({ bench: 'pow', unit: 'MH/s', rounds: ROUNDS, searches }));
