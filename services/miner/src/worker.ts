/**
 * A miner worker: takes search jobs and searches. It lets the event loop breathe between pieces of work, so that
 * BullMQ renews the job's lock; a worker that dies loses only its job, which another one takes again.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { hexToBytes } from '@pocket/crypto';
import type { NonceSearch } from '@pocket/pow';
import { createFastestSearch } from '@pocket/pow/native';
import { createLogger, type Running } from '@pocket/service-kit';
import type { WorkerConfig } from './config.ts';
import { redisConnection, SEARCH_QUEUE, type SearchJob, type SearchResult } from './jobs.ts';

/** About a tenth of a second of hashing. */
const NONCES_PER_TURN = 100_000;
/** A worker that has died loses its job after this long; a living one renews its lock at half of it. */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_000;
const MAX_STALLED = 3;

export async function startWorker(config: WorkerConfig): Promise<Running> {
  const logger = createLogger('miner-worker', config.logLevel);
  const connection = redisConnection(config.redisUrl);
  connection.on('error', (error: Error) => logger.warn({ err: error }, 'Redis failed'));
  const search = await createFastestSearch();
  const worker = new Worker<SearchJob, SearchResult>(SEARCH_QUEUE, (job) => searchRange(search, job.data), {
    connection,
    prefix: config.namespace,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLED,
  });
  worker.on('error', (error) => logger.warn({ err: error }, 'worker failed'));
  await worker.waitUntilReady();
  logger.info({ kernel: search.name }, 'worker started');
  return {
    close: async () => {
      await worker.close();
      connection.disconnect();
    },
  };
}

async function searchRange({ search }: NonceSearch, job: SearchJob): Promise<SearchResult> {
  const header = hexToBytes(job.header);
  const target = BigInt(`0x${job.target}`);
  for (let from = job.from; from < job.to; from += NONCES_PER_TURN) {
    const nonce = search(header, target, from, Math.min(from + NONCES_PER_TURN, job.to));
    if (nonce !== undefined) return nonce;
    await nextTurn();
  }
  return null;
}
