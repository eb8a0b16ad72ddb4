/**
 * The searches under way, of all replicas: each says of its own once a second how far they are, and hears what the others
 * say. A search that nobody speaks of any more is over.
 */
import type { SearchView } from '@pocket/contracts';
import { announceProgress, hearProgress, type Bus } from '@pocket/eventstore';
import type { SearchProgress } from './slice-search.ts';

/** What does not change while it lasts. */
export type BegunSearch = Pick<
  SearchView,
  'searchId' | 'height' | 'previousBlockHash' | 'bits' | 'address' | 'transactionCount'
>;

export interface ToldSearch {
  progressed(progress: SearchProgress): void;
  end(): void;
}

export interface ProgressBoard {
  /** A search of this replica, of which is spoken from now on until its end. */
  begin(search: BegunSearch, expectedHashes: number): ToldSearch;
  /** Those of which was spoken a moment ago. */
  running(): SearchView[];
  close(): void;
}

const SAY_EVERY_MS = 1_000;
const SILENT_MS = 5_000;
/** So many are remembered; more are not run at once. */
const MAX_SEARCHES = 100;

type Word = { search: SearchView } | { ended: string };

export function openProgressBoard(bus: Bus): ProgressBoard {
  const heard = new Map<string, { search: SearchView; at: number }>();
  const own = new Set<ToldSearch>();
  const stopHearing = hearProgress(bus, (text) => {
    const word = JSON.parse(text) as Word;
    if ('ended' in word) heard.delete(word.ended);
    else if (heard.size < MAX_SEARCHES || heard.has(word.search.searchId))
      heard.set(word.search.searchId, { search: word.search, at: performance.now() });
  });
  const running = () => {
    for (const [searchId, { at }] of heard) if (performance.now() - at > SILENT_MS) heard.delete(searchId);
    return [...heard.values()].map(({ search }) => search);
  };
  return {
    begin(search, expectedHashes) {
      const told = tell(bus, search, expectedHashes, () => own.delete(told));
      own.add(told);
      return told;
    },
    running,
    close() {
      for (const told of own) told.end();
      stopHearing();
    },
  };
}

/** A search that ends sooner is not spoken of. */
function tell(bus: Bus, begun: BegunSearch, expectedHashes: number, ended: () => void): ToldSearch {
  const begunAt = new Date().toISOString();
  let progress: Omit<SearchProgress, 'expectedHashes'> = { hashes: 0, rate: 0, bestHash: null };
  let spoken = false;
  const timer = setInterval(() => {
    const { hashes, rate, bestHash } = progress;
    const probability = 1 - Math.exp(-hashes / expectedHashes);
    const told = { hashes, hashRate: Math.round(rate), expectedHashes, probability, bestHash };
    const search: SearchView = { ...begun, begunAt, ...told };
    announceProgress(bus, JSON.stringify({ search } satisfies Word));
    spoken = true;
  }, SAY_EVERY_MS);
  return {
    progressed: (latest) => (progress = latest),
    end() {
      clearInterval(timer);
      if (spoken) announceProgress(bus, JSON.stringify({ ended: begun.searchId } satisfies Word));
      ended();
    },
  };
}
