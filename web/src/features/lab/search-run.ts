/** One run of the kernel, as a worker of the page makes it, and as a test can without one. */
import type { Search } from '@pocket/pow';
import type { SearchRun, SearchWord } from './search-crew.ts';

/** @param now milliseconds, of any clock that only goes on. */
export function searchRun(
  search: Search,
  run: SearchRun,
  now: () => number,
): Extract<SearchWord, { searchId: number }> {
  const { searchId, header, target, from, to } = run;
  const began = now();
  const nonce = search(header, target, from, to);
  return { searchId, nonce, hashes: (nonce === undefined ? to : nonce + 1) - from, ms: now() - began };
}
