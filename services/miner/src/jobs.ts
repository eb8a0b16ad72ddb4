/**
 * The slices between the miner and its workers: jobs on a BullMQ queue in Redis. A search keeps a few of them on the
 * queue until one is found to hold a nonce; then, or when it is given up, those that wait are taken back and everybody
 * is told.
 */
import { UnavailableError } from '@pocket/eventstore';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { openRedis } from './redis.ts';
import { announce, listenForWords, type SearchWord } from './search-words.ts';
import {
  SliceSearch,
  type FoundNonce,
  type SearchProgress,
  type SearchRequest,
  type SliceJob,
  type SliceQueue,
  type SliceResult,
  type SliceTimes,
} from './slice-search.ts';
import { followWorkers, type WorkerReport } from './worker-reports.ts';

export const SEARCH_QUEUE = 'search';

export interface SearchOptions {
  /** Ends the search; it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called for every slice that held no nonce, so about once a second for each worker. */
  onProgress?: (progress: SearchProgress) => void;
}

export interface SearchJobs {
  /**
   * Searches on all workers until a nonce is found; without an end where none is and nobody gives it up.
   * Rejects when a slice fails, which is a fault of a worker.
   */
  search(request: SearchRequest, options?: SearchOptions): Promise<FoundNonce>;
  /** @throws UnavailableError where Redis is away, and not back in a few seconds: nobody could be told what to search. */
  reach(): Promise<void>;
  /** For who looks at the jobs themselves. */
  readonly queue: SearchQueue;
  /** What the workers there are say of themselves. */
  workers(): Promise<readonly WorkerReport[]>;
  close(): Promise<void>;
}

/** More than are completed while the word of one is lost and looked for. */
const KEPT_JOBS = 1_000;
const KEPT_EVENTS = 2_000;
const ATTEMPTS = 3;
const TICK_MS = 1_000;
const BACK_WITHIN_MS = 5_000;

/** @throws UnavailableError when Redis cannot be reached, or may evict keys. */
export async function openSearchJobs(
  redisUrl: string,
  namespace: string,
  logger: Logger,
  onSlice?: (times: SliceTimes) => void,
): Promise<SearchJobs> {
  const redis = await openRedis(redisUrl, logger);
  const queue = openQueue(redis, namespace);
  const running = new Map<string, SliceSearch>();
  const stopListening = await listenForWords(redis, namespace, ({ searchId, slice }: SearchWord) => {
    if (slice === undefined) return;
    const { id, outcome } = slice;
    const search = running.get(searchId);
    if (search === undefined) logger.debug({ job: id }, 'a slice of a search that has ended came back');
    else if ('failure' in outcome) search.end(failure(outcome.failure));
    else search.take(id, outcome);
  });
  const workers = await followWorkers(redis, namespace);
  const slices = sliceQueueOf(queue);
  return {
    async search(request, options = {}) {
      const search = new SliceSearch(request, slices, workers.known, { onProgress: options.onProgress, onSlice });
      running.set(request.searchId, search);
      try {
        return await untilEnded(search, options.signal);
      } finally {
        running.delete(request.searchId);
        // Where nothing is out, nobody searches.
        if (search.out.length > 0) announce(redis, namespace, { searchId: request.searchId, ended: true });
        for (const id of search.out) queue.remove(id).catch(() => undefined);
      }
    },
    reach: () => untilBack(redis),
    workers: () => workers.read(),
    queue,
    async close() {
      workers.close();
      stopListening();
      await queue.close();
      redis.disconnect();
    },
  };
}

async function untilBack(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const back = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      redis.off('ready', back);
      reject(new UnavailableError('Redis cannot be reached, so no worker can be told what to search'));
    }, BACK_WITHIN_MS);
    redis.once('ready', back);
  });
}

async function untilEnded(search: SliceSearch, signal: AbortSignal | undefined): Promise<FoundNonce> {
  const giveUp = () => search.end(signal?.reason);
  const fail = (error: unknown) => search.end(error);
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp);
  const timer = setInterval(() => void search.lookUp(performance.now()).catch(fail), TICK_MS);
  search.refill().catch(fail);
  try {
    return await search.outcome;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

export type SearchQueue = Queue<SliceJob, SliceResult>;

function openQueue(connection: Redis, namespace: string): SearchQueue {
  const queue: SearchQueue = new Queue(SEARCH_QUEUE, {
    prefix: namespace,
    connection,
    // What it would ask of the server has been asked, and its answer is not for a console.
    skipVersionCheck: true,
    streams: { events: { maxLen: KEPT_EVENTS } },
    defaultJobOptions: { attempts: ATTEMPTS, removeOnComplete: KEPT_JOBS, removeOnFail: KEPT_JOBS },
  });
  // The connection has told of it.
  queue.on('error', () => undefined);
  return queue;
}

function sliceQueueOf(queue: SearchQueue): SliceQueue {
  return {
    async put(slices) {
      const [first, ...others] = slices.map(({ id, job }) => ({ name: 'slice', data: job, opts: { jobId: id } }));
      // A short search is one slice, and a single call is less than a transaction of one.
      if (first !== undefined && others.length === 0) await queue.add(first.name, first.data, first.opts);
      else if (first !== undefined) await queue.addBulk([first, ...others]);
    },
    async lookUp(id) {
      const job = await queue.getJob(id);
      if (job === undefined) return 'lost';
      if (job.finishedOn === undefined) return 'under way';
      const result = job.returnvalue as SliceResult | null;
      if (result === null) throw failure(job.failedReason);
      return result;
    },
  };
}

const failure = (reason: string): Error => new Error(`the search failed: ${reason}`);
