/**
 * A miner worker: takes slices and has its threads search them. Its main thread only talks to Redis, so that BullMQ can
 * renew the lock of the slice whatever the threads do; a worker that dies loses its slice, which another one takes again.
 */
import { availableParallelism } from 'node:os';
import { Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { buildHttpServer, createLogger, type Running } from '@pocket/service-kit';
import type { WorkerConfig } from './config.ts';
import { SEARCH_QUEUE } from './jobs.ts';
import { openRedis } from './redis.ts';
import { announce, listenForWords, type SliceFailure } from './search-words.ts';
import { openSearchThreads } from './search-threads.ts';
import { Searcher } from './searcher.ts';
import type { SliceJob, SliceResult } from './slice-search.ts';
import { keepReporting } from './worker-reports.ts';

/** A worker that has died loses its slice after this long; a living one renews its lock three times meanwhile. */
const LOCK_MS = 3_000;
const RENEW_MS = 1_000;
const STALLED_CHECK_MS = 1_000;
/** A slice that takes more workers with it than these fails. */
const MAX_STALLED = 10;
const NO_BODY_BYTES = 1;
const MEASURE_EVERY_MS = 15_000;

export async function startWorker(config: WorkerConfig): Promise<Running> {
  const logger = createLogger('miner-worker', config.logLevel);
  const redis = await openRedis(config.redisUrl, logger);
  const threads = await openSearchThreads(config.threads ?? availableParallelism());
  const searcher = new Searcher(threads);
  const stopListening = await listenForWords(
    redis,
    config.namespace,
    ({ searchId, ended }) => ended && searcher.ended(searchId),
  );
  const stopReporting = await keepReporting(redis, config.namespace, () => searcher.report());
  const worker = openWorker(redis, config.namespace, logger, (slice) => searcher.search(slice));
  const measuring = setInterval(() => void searcher.measure(MEASURE_EVERY_MS), MEASURE_EVERY_MS);
  await worker.waitUntilReady();
  const stopAnswering = await answerHealth(config, redis, logger);
  logger.info({ kernel: threads.kernel, threads: threads.count }, 'worker started');
  return {
    close: async () => {
      clearInterval(measuring);
      searcher.close();
      await stopAnswering();
      await worker.close();
      await stopReporting();
      stopListening();
      redis.disconnect();
      await threads.close();
    },
  };
}

/** For whoever watches over processes, where a port is given for it. Returns how to end it. */
async function answerHealth({ host, port }: WorkerConfig, redis: Redis, logger: Logger): Promise<() => Promise<void>> {
  if (port === undefined) return () => Promise.resolve();
  const readiness = () => ({ missing: redis.status === 'ready' ? [] : ['Redis'] });
  const fastify = buildHttpServer({ logger, readiness, bodyLimitBytes: NO_BODY_BYTES });
  await fastify.listen({ host, port });
  return () => fastify.close();
}

/** Has `search` search the slices of the queue one by one, and tells what becomes of them before their jobs are done. */
export function openWorker(
  connection: Redis,
  prefix: string,
  logger: Logger,
  search: (slice: SliceJob) => Promise<SliceResult>,
): Worker {
  const tell = (id: string, { searchId }: SliceJob, outcome: SliceResult | SliceFailure, ended: boolean) =>
    announce(connection, prefix, { searchId, ended, slice: { id, outcome } });
  const process = async ({ id = '', data }: Pick<Job<SliceJob>, 'id' | 'data'>) => {
    const result = await search(data);
    tell(id, data, result, result.nonce !== null);
    return result;
  };
  const worker = new Worker<SliceJob, SliceResult>(SEARCH_QUEUE, process, {
    ...{ connection, prefix, skipVersionCheck: true },
    ...{ lockDuration: LOCK_MS, lockRenewTime: RENEW_MS },
    ...{ stalledInterval: STALLED_CHECK_MS, maxStalledCount: MAX_STALLED },
  });
  worker.on('failed', (job, { message }) => {
    // Not for good while it is tried again.
    if (job?.finishedOn !== undefined) tell(job.id ?? '', job.data, { failure: message }, false);
  });
  worker.on('stalled', (job) => logger.info({ job }, 'the slice of a lost worker is taken again'));
  worker.on('error', (error) => {
    // Its slice has gone to another worker, or is wanted no more: nobody waits for what it has.
    if (/\b(lock|key) for job\b/i.test(error.message)) logger.debug({ err: error }, 'a slice was lost');
    else logger.warn({ err: error }, 'worker failed');
  });
  return worker;
}
