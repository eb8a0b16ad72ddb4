/*
 * Bare searches side by side, to tell what workers lose from what neighbours on the machine take.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface BareSearches {
  /** Hashes a second of so many of them at once. */
  rate(count: number, ms: number): Promise<number>;
  close(): void;
}

export async function openBareSearches(count: number): Promise<BareSearches> {
  const entry = fileURLToPath(new URL('./bare-search.ts', import.meta.url));
  const searches = Array.from({ length: count }, () => fork(entry, { execArgv: ['--import', 'tsx'] }));
  await Promise.all(searches.map((search) => once(search, 'message')));
  return {
    async rate(wanted, ms) {
      const hashes = await Promise.all(searches.slice(0, wanted).map((search) => ask(search, ms)));
      return (hashes.reduce((sum, some) => sum + some, 0) * 1_000) / ms;
    },
    close() {
      for (const search of searches) search.disconnect();
    },
  };
}

async function ask(search: ChildProcess, ms: number): Promise<number> {
  search.send(ms);
  const [hashes] = (await once(search, 'message')) as [number];
  return hashes;
}
