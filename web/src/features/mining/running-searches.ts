/** The searches under way, kept by what the event stream says of them, and the one that ended last. Pure. */
import type { SearchView } from '@pocket/contracts';

export interface RunningSearches {
  running: readonly SearchView[];
  ended: SearchView | undefined;
}

/** What `search-progress` says: how far a search is, or that it is over. */
type Word = { search: SearchView } | { ended: string };

export const NO_SEARCHES: RunningSearches = { running: [], ended: undefined };

export function hearProgress({ running, ended }: RunningSearches, said: unknown): RunningSearches {
  if (!isWord(said)) return { running, ended };
  const id = 'ended' in said ? said.ended : said.search.searchId;
  const others = running.filter(({ searchId }) => searchId !== id);
  if ('search' in said) return { running: [...others, said.search], ended };
  return { running: others, ended: running.find(({ searchId }) => searchId === id) ?? ended };
}

function isWord(said: unknown): said is Word {
  return typeof said === 'object' && said !== null && ('search' in said || 'ended' in said);
}
