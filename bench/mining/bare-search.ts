/*
 * A process that does nothing but search, for as many milliseconds as it is told, and says how many hashes that were:
 * what the machine gives at that moment to the search that workers run, without a queue and without threads.
 */
import { createFastestSearch } from '@pocket/pow/native';

const CHUNK_NONCES = 2 ** 16;

const { search } = await createFastestSearch();
const header = new Uint8Array(80);

function hashesWithin(ms: number): number {
  const begun = performance.now();
  let hashes = 0;
  for (; performance.now() - begun < ms; hashes += CHUNK_NONCES) search(header, 0n, 0, CHUNK_NONCES);
  return hashes;
}

process.on('message', (ms: number) => process.send?.(hashesWithin(ms)));
process.once('disconnect', () => process.exit());
process.send?.('ready');
