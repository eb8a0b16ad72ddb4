/**
 * The workers that search for a nonce in the page: each gets one short run of nonces after another, so that a search can be
 * stopped and told of at any time without memory that is shared. A worker knows nothing but libs/pow's search.
 */

/** What a worker is given. */
export interface SearchRun {
  readonly searchId: number;
  /** 80 bytes. */
  readonly header: Uint8Array;
  readonly target: bigint;
  readonly from: number;
  /** Behind the last nonce. */
  readonly to: number;
}

/** What it says: first which search it has, then of each run what came of it. */
export type SearchWord =
  | { readonly kernel: string }
  | { readonly searchId: number; readonly nonce: number | undefined; readonly hashes: number; readonly ms: number };

export interface SearchWorker {
  give(run: SearchRun): void;
  close(): void;
}

export type OpenWorker = (hear: (word: SearchWord) => void, fail: (reason: string) => void) => SearchWorker;

export interface CrewProgress {
  readonly hashes: number;
  /** Hashes a second of all workers together. */
  readonly rate: number;
}

export interface SearchOutcome {
  /** undefined where it was stopped, or no nonce of the header meets the target. */
  readonly nonce: number | undefined;
  readonly hashes: number;
}

export interface RunningSearch {
  /** Rejects where a worker cannot go on. */
  readonly outcome: Promise<SearchOutcome>;
  readonly stop: () => void;
}

export interface Crew {
  readonly size: number;
  /** The name of the search that the workers run; undefined until one has said it. */
  readonly kernel: () => string | undefined;
  /** One at a time. */
  search: (header: Uint8Array, target: bigint, onProgress: (progress: CrewProgress) => void) => RunningSearch;
  close: () => void;
}

const NONCES = 2 ** 32;
const FIRST_RUN = 2 ** 13;
/** A run takes about so long. */
const RUN_MS = 50;

export function createCrew(open: OpenWorker, size: number): Crew {
  let kernel: string | undefined;
  let current: Search | undefined;
  let broken: Error | undefined;
  const fail = (reason: string): void => {
    broken = new Error(reason);
    current?.fail(broken);
  };
  const hear = (index: number) => (word: SearchWord) => {
    if ('kernel' in word) kernel = word.kernel;
    else current?.heard(index, word);
  };
  const workers = Array.from({ length: size }, (_, index) => open(hear(index), fail));
  let count = 0;
  return {
    size,
    kernel: () => kernel,
    search: (header, target, onProgress) => {
      current?.stop();
      const search = new Search({ searchId: ++count, header, target }, workers, onProgress);
      current = search;
      if (broken !== undefined) search.fail(broken);
      return { outcome: search.outcome, stop: () => search.stop() };
    },
    close: () => {
      current?.stop();
      for (const worker of workers) worker.close();
    },
  };
}

/** One search: which nonces are given out, and what came back. */
class Search {
  readonly outcome: Promise<SearchOutcome>;
  readonly #task: Pick<SearchRun, 'searchId' | 'header' | 'target'>;
  readonly #workers: readonly SearchWorker[];
  readonly #onProgress: (progress: CrewProgress) => void;
  readonly #rates: number[];
  readonly #out = new Set<number>();
  #next = 0;
  #hashes = 0;
  #settle!: { resolve: (outcome: SearchOutcome) => void; reject: (error: Error) => void };
  #over = false;

  constructor(
    task: Pick<SearchRun, 'searchId' | 'header' | 'target'>,
    workers: readonly SearchWorker[],
    onProgress: (progress: CrewProgress) => void,
  ) {
    [this.#task, this.#workers, this.#onProgress] = [task, workers, onProgress];
    this.#rates = workers.map(() => 0);
    this.outcome = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    for (const index of workers.keys()) this.#give(index, FIRST_RUN);
  }

  heard(index: number, word: Extract<SearchWord, { searchId: number }>): void {
    if (this.#over || word.searchId !== this.#task.searchId) return;
    this.#out.delete(index);
    this.#hashes += word.hashes;
    const rate = word.hashes / Math.max(word.ms, 0.1);
    this.#rates[index] = rate * 1_000;
    this.#onProgress({ hashes: this.#hashes, rate: this.#rates.reduce((sum, each) => sum + each, 0) });
    if (word.nonce === undefined) this.#give(index, Math.max(FIRST_RUN, Math.ceil(rate * RUN_MS)));
    if (word.nonce !== undefined || this.#out.size === 0) this.#end(word.nonce);
  }

  stop(): void {
    this.#end(undefined);
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#settle.reject(error);
  }

  #give(index: number, nonces: number): void {
    if (this.#next >= NONCES) return;
    const from = this.#next;
    this.#next = Math.min(from + nonces, NONCES);
    this.#out.add(index);
    this.#workers[index]?.give({ ...this.#task, from, to: this.#next });
  }

  #end(nonce: number | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#settle.resolve({ nonce, hashes: this.#hashes });
  }
}
