/** The jobs between the miner and its workers: a range of nonces of one header, on a BullMQ queue in Redis. */
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { UnavailableError } from '@pocket/eventstore';

export const SEARCH_QUEUE = 'search';

export interface SearchJob {
  searchId: string;
  /** The header's 80 bytes, hex; the nonce in it does not matter. */
  header: string;
  /** 256 bits, hex. */
  target: string;
  /** First nonce of the range. */
  from: number;
  /** Behind the last nonce of the range, at most 2^32. */
  to: number;
}

/** The nonce that meets the target; null where the range holds none. */
export type SearchResult = number | null;

/** No worker has answered within the bound. */
export class SearchTimeoutError extends Error {
  override name = 'SearchTimeoutError';
}

export interface SearchJobs {
  /** Searches a range on some worker. @throws SearchTimeoutError when no worker has answered within the bound. */
  search(job: SearchJob): Promise<SearchResult>;
  workerCount(): Promise<number>;
  close(): Promise<void>;
}

/** Shorter than a service waits for another one's answer. */
const SEARCH_WITHIN_MS = 50_000;
const KEPT_JOBS = 1_000;
const ATTEMPTS = 3;
/** Before every event of a Redis stream. */
const FIRST_EVENT = '0-0';

/** BullMQ's blocking calls need a connection that never gives up on a request. */
export function redisConnection(url: string): Redis {
  return new Redis(url, { maxRetriesPerRequest: null });
}

/** @throws UnavailableError naming the URL when Redis cannot be reached. */
export async function openSearchJobs(redisUrl: string, namespace: string): Promise<SearchJobs> {
  const [connection, eventConnection] = [redisConnection(redisUrl), redisConnection(redisUrl)];
  await reach(connection, redisUrl);
  const queue = new Queue<SearchJob, SearchResult>(SEARCH_QUEUE, {
    prefix: namespace,
    connection,
    defaultJobOptions: { attempts: ATTEMPTS, removeOnComplete: KEPT_JOBS, removeOnFail: KEPT_JOBS },
  });
  // From the beginning of what is kept: "from now on" would be asked again after a lost connection, and would skip what
  // came meanwhile. Nobody waits for old outcomes.
  const events = new QueueEvents(SEARCH_QUEUE, {
    prefix: namespace,
    connection: eventConnection,
    lastEventId: FIRST_EVENT,
  });
  await events.waitUntilReady();
  const outcomes = awaitOutcomes(events);
  return {
    async search(job) {
      const outcome = outcomes.of(job.searchId);
      try {
        await queue.add(job.searchId, job, { jobId: job.searchId });
        return await outcome;
      } catch (error) {
        await queue.remove(job.searchId).catch(() => 0);
        throw error;
      } finally {
        outcomes.forget(job.searchId);
      }
    },
    workerCount: () => queue.getWorkersCount(),
    async close() {
      await events.close();
      await queue.close();
      connection.disconnect();
      eventConnection.disconnect();
    },
  };
}

interface Waiting {
  resolve: (result: SearchResult) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** One listener for all jobs; asked for before the job is added, so that no outcome is missed. */
function awaitOutcomes(events: QueueEvents) {
  const waiting = new Map<string, Waiting>();
  events.on('completed', ({ jobId, returnvalue }) =>
    waiting.get(jobId)?.resolve(returnvalue as unknown as SearchResult),
  );
  events.on('failed', ({ jobId, failedReason }) =>
    waiting.get(jobId)?.reject(new Error(`the search failed: ${failedReason}`)),
  );
  return {
    of(searchId: string): Promise<SearchResult> {
      const outcome = new Promise<SearchResult>((resolve, reject) => {
        const late = () => reject(new SearchTimeoutError('no miner worker has found a block in time; is one running?'));
        waiting.set(searchId, { resolve, reject, timer: setTimeout(late, SEARCH_WITHIN_MS) });
      });
      outcome.catch(() => undefined);
      return outcome;
    },
    forget(searchId: string): void {
      clearTimeout(waiting.get(searchId)?.timer);
      waiting.delete(searchId);
    },
  };
}

const REACH_WITHIN_MS = 10_000;

/** @throws UnavailableError naming the URL. */
async function reach(connection: Redis, url: string): Promise<void> {
  let lastError = 'no answer';
  connection.on('error', (error: Error) => (lastError = error.message));
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      connection.disconnect();
      reject(new UnavailableError(`Redis at ${url} cannot be reached (${lastError}). Start it, or correct REDIS_URL.`));
    }, REACH_WITHIN_MS);
  });
  await Promise.race([connection.ping(), timeout]).finally(() => clearTimeout(timer));
}
