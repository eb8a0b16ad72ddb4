/*
 * The speed of the nonce searches, one thread, the same work: a target that is never met.
 * The reference is @noble/hashes twice over the whole header. Run: npm run bench -- pow
 */
import { createReferenceSearch, createWasmSearch, type NonceSearch } from '@pocket/pow';
import { median, rounded } from './median.ts';

const MEASURED_MS = 1_000;
const REPETITIONS = 5;

/** Median of several measurements, in millions of double hashes a second. */
function megahashesPerSecond({ search }: NonceSearch): number {
  const header = crypto.getRandomValues(new Uint8Array(80));
  hashesPerMs(search, header);
  return median(Array.from({ length: REPETITIONS }, () => hashesPerMs(search, header) / 1_000));
}

/** Nonces are tried in slices until the time is over, as a miner does. */
function hashesPerMs(search: NonceSearch['search'], header: Uint8Array): number {
  const sliceLength = 8_192;
  const start = performance.now();
  let tried = 0;
  for (; performance.now() - start < MEASURED_MS / REPETITIONS; tried += sliceLength) {
    search(header, 0n, tried, tried + sliceLength);
  }
  return tried / (performance.now() - start);
}

const wasm = rounded(megahashesPerSecond(await createWasmSearch()));
const reference = rounded(megahashesPerSecond(createReferenceSearch()));
const ratio = rounded(wasm / reference);

console.log(`wasm       ${wasm} MH/s`);
console.log(`reference  ${reference} MH/s`);
console.log(`ratio      ${ratio}`);
console.log(JSON.stringify({ bench: 'pow', unit: 'MH/s', wasm, reference, ratio }));
