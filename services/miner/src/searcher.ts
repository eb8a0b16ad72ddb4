/**
 * What a worker is doing: it has its threads search one slice at a time, knows which searches are over, and how fast it is:
 * by its slices, and where none was long enough to tell, by a moment of searching for nothing.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { hexToBytes } from '@pocket/crypto';
import { smoothedRate } from './domain/hash-rate.ts';
import type { Measurement, RunningTask, SearchThreads } from './search-threads.ts';
import type { SliceJob, SliceResult } from './slice-search.ts';
import type { WorkerReport } from './worker-reports.ts';

/** However long their last slices may still wait in the queue. */
const ENDED_REMEMBERED = 1_000;
/** Long enough to tell a rate, short enough to be nothing beside the time between two of them. */
const MEASURE_SECONDS = 0.04;

type Threads = Pick<SearchThreads, 'search' | 'measure' | 'count' | 'kernel' | 'firstRate'>;

export class Searcher {
  readonly #threads: Threads;
  readonly #self: Omit<WorkerReport, 'rate' | 'found'>;
  readonly #ended = new Set<string>();
  #current: { searchId: string; task: RunningTask } | undefined;
  #measuring: Measurement | undefined;
  #rate: number | null;
  #measuredAt = performance.now();
  #found = 0;
  #closed = false;

  constructor(threads: Threads) {
    this.#threads = threads;
    this.#rate = threads.firstRate;
    this.#self = {
      ...{ workerId: randomUUID(), host: hostname(), pid: process.pid, startedAt: Date.now() },
      ...{ threads: threads.count, kernel: threads.kernel },
    };
  }

  report(): WorkerReport {
    return { ...this.#self, rate: this.#rate, found: this.#found };
  }

  async search({ searchId, header, target, from, to }: SliceJob): Promise<SliceResult> {
    const { workerId } = this.#self;
    this.#measuring?.stop();
    await this.#measuring?.rate;
    if (this.#closed || this.#ended.has(searchId)) return { nonce: null, hashes: 0, ms: 0, bestHash: null, workerId };
    const task = this.#threads.search({ header: hexToBytes(header), target: BigInt(`0x${target}`), from, to });
    this.#current = { searchId, task };
    const result = await task.result.finally(() => (this.#current = undefined));
    this.#know(smoothedRate(this.#rate, result));
    if (result.nonce !== null) this.#found++;
    return { ...result, workerId };
  }

  /**
   * Finds out anew how fast it is, where it has nothing else to do and no slice has told it for `sinceMs`: what it was when
   * the machine was busy starting, or searched blocks of a millisecond, says little. A slice that comes meanwhile ends it.
   */
  async measure(sinceMs: number): Promise<void> {
    const isTold = performance.now() - this.#measuredAt < sinceMs;
    if (isTold || this.#closed || this.#current !== undefined || this.#measuring !== undefined) return;
    this.#measuring = this.#threads.measure(Math.ceil((this.#rate ?? 0) * MEASURE_SECONDS));
    const rate = await this.#measuring.rate.finally(() => (this.#measuring = undefined));
    this.#know(rate ?? this.#rate);
  }

  ended(searchId: string): void {
    this.#ended.add(searchId);
    if (this.#current?.searchId === searchId) this.#current.task.stop();
    for (const oldest of this.#ended) {
      if (this.#ended.size <= ENDED_REMEMBERED) break;
      this.#ended.delete(oldest);
    }
  }

  /** What it had begun goes back unfinished. */
  close(): void {
    this.#closed = true;
    this.#current?.task.stop();
    this.#measuring?.stop();
  }

  #know(rate: number | null): void {
    if (rate !== this.#rate) this.#measuredAt = performance.now();
    this.#rate = rate;
  }
}
