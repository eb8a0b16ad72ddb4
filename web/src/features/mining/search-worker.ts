/**
 * The thread of the page's own search, so that the page stays free. It is told a header, a target and a pace, says how far
 * it is some ten times a second, and ends with what it finds; whoever wants it to stop ends the thread.
 */
import { createSearch } from '@pocket/pow';
import { createOwnSearch, type SearchStep } from './own-search.ts';

export interface SearchOrder {
  header: Uint8Array;
  /** 64 hex digits. */
  target: string;
  /** Hashes a second; null for as many as there can be. */
  pace: number | null;
}

export interface SearchWord extends SearchStep {
  /** Which implementation of the search runs. */
  kernel: string;
  /** Since it began. */
  seconds: number;
}

const SAY_EVERY_MS = 100;
const FIRST_RUN = 4_096;

self.onmessage = ({ data }: MessageEvent<SearchOrder>) => void work(data);

async function work({ header, target, pace }: SearchOrder): Promise<void> {
  const kernel = await createSearch();
  const step = createOwnSearch(kernel, header, target);
  const began = performance.now();
  const say = (done: SearchStep): boolean => {
    const seconds = (performance.now() - began) / 1_000;
    self.postMessage({ ...done, kernel: kernel.name, seconds } satisfies SearchWord);
    return done.found !== undefined || done.exhausted;
  };
  if (pace === null) race(step, say);
  else walk(step, say, pace);
}

type Step = (count: number) => SearchStep;
type Say = (done: SearchStep) => boolean;

/** As fast as it goes, in runs that last about as long as one may stay silent. */
function race(step: Step, say: Say, count = FIRST_RUN): void {
  const began = performance.now();
  if (say(step(count))) return;
  const took = Math.max(performance.now() - began, 1);
  setTimeout(() => race(step, say, Math.ceil((count * SAY_EVERY_MS) / took)));
}

/** At a pace that eyes can follow. */
function walk(step: Step, say: Say, pace: number): void {
  const everyMs = Math.max(SAY_EVERY_MS, 1_000 / pace);
  const count = Math.max(1, Math.round((pace * everyMs) / 1_000));
  const timer = setInterval(() => {
    if (say(step(count))) clearInterval(timer);
  }, everyMs);
}
