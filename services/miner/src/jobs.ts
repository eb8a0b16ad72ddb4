/** The jobs between the miner and its workers: a range of nonces of one header, on a BullMQ queue in Redis. */
import { Queue, QueueEvents, type ConnectionOptions } from 'bullmq';
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

export interface SearchJobs {
  /** Searches a range on some worker. @throws UnavailableError when no worker has answered within the bound. */
  search(job: SearchJob): Promise<SearchResult>;
  workerCount(): Promise<number>;
  close(): Promise<void>;
}

const SEARCH_WITHIN_MS = 120_000;
const KEPT_JOBS = 1_000;
const ATTEMPTS = 3;

/** BullMQ's blocking calls need a connection that never gives up on a request. */
export function redisConnection(url: string): Redis {
  return new Redis(url, { maxRetriesPerRequest: null });
}

export async function openSearchJobs(redisUrl: string, namespace: string): Promise<SearchJobs> {
  const [connection, eventConnection] = [redisConnection(redisUrl), redisConnection(redisUrl)];
  await reach(connection, redisUrl);
  const options = { prefix: namespace };
  const queue = new Queue<SearchJob, SearchResult>(SEARCH_QUEUE, {
    ...options,
    connection: connection as ConnectionOptions,
  });
  const events = new QueueEvents(SEARCH_QUEUE, { ...options, connection: eventConnection as ConnectionOptions });
  await events.waitUntilReady();
  return {
    async search(data) {
      const job = await queue.add(data.searchId, data, {
        jobId: data.searchId,
        attempts: ATTEMPTS,
        removeOnComplete: KEPT_JOBS,
        removeOnFail: KEPT_JOBS,
      });
      try {
        return await job.waitUntilFinished(events, SEARCH_WITHIN_MS);
      } catch (error) {
        await job.remove().catch(() => 0);
        throw new UnavailableError(`no miner worker found a block (${String(error)})`, { cause: error });
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
