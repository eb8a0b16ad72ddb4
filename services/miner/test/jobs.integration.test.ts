/**
 * Searches on a real Redis, with workers that are stand-ins: results are heard, also when the connection that listens was
 * away as they came; what was not searched goes out again; what is over is taken back; and a server that may evict jobs
 * is refused.
 */
import { randomBytes } from 'node:crypto';
import { Queue, type Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openSearchJobs, SEARCH_QUEUE, type SearchJobs } from '../src/jobs.ts';
import { openRedis, redisConnection } from '../src/redis.ts';
import { announce } from '../src/search-words.ts';
import type { SearchRequest, SliceJob, SliceResult } from '../src/slice-search.ts';
import { keepReporting } from '../src/worker-reports.ts';
import { openWorker } from '../src/worker.ts';

const WITHIN_MS = 10_000;
const NONCE = 5;
const ANY = 2n ** 256n - 1n;
const NEVER = 0n;
const logger = pino({ level: 'silent' });
const workerId = 'stand-in';
const nothingIn = ({ from, to }: SliceJob): SliceResult => ({
  ...{ nonce: null, hashes: to - from, ms: 1, bestHash: null },
  workerId,
});
const found: SliceResult = { nonce: NONCE, hashes: 6, ms: 1, bestHash: null, workerId };

let namespace: string;
let redis: Redis;
let jobs: SearchJobs;
const workers: Worker[] = [];

beforeEach(async () => {
  namespace = `jobs_${randomBytes(8).toString('hex')}`;
  redis = redisConnection(inject('servers').redisUrl);
  jobs = await openSearchJobs(inject('servers').redisUrl, namespace, logger);
});
afterEach(async () => {
  await jobs.close();
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  redis.disconnect();
});

async function startWorker(work: (slice: SliceJob) => SliceResult | Promise<SliceResult>): Promise<void> {
  const worker = openWorker(redis, namespace, logger, async (slice) => work(slice));
  workers.push(worker);
  await worker.waitUntilReady();
}

const requestFor = (target: bigint, searchId = 'one'): SearchRequest => ({
  searchId,
  target,
  headerOf: (roll) => new Uint8Array(80).fill(roll),
});

/** Cuts off who listens for words; they come back a moment later by themselves. */
async function cutListeners(): Promise<void> {
  const clients = String(await redis.client('LIST')).split('\n');
  const listeners = clients.filter((line) => line.includes(' cmd=subscribe '));
  expect(listeners.length).toBeGreaterThan(0);
  for (const line of listeners) await redis.client('KILL', 'ID', /\bid=(\d+)/.exec(line)?.[1] ?? '');
}

describe('a search', () => {
  it('ends with the nonce of a slice', async () => {
    await startWorker(() => found);
    expect(await jobs.search(requestFor(ANY))).toEqual({ roll: 0, nonce: NONCE });
  });

  it('finds it by itself where word of it was lost', { timeout: 2 * WITHIN_MS }, async () => {
    await startWorker(async () => {
      await cutListeners();
      return found;
    });
    expect(await jobs.search(requestFor(ANY))).toEqual({ roll: 0, nonce: NONCE });
  });

  it('hears of a find before the job that holds it is done', async () => {
    let finish: (result: SliceResult) => void = () => undefined;
    const done = new Promise<SliceResult>((resolve) => (finish = resolve));
    await startWorker(({ searchId }) => {
      announce(redis, namespace, { searchId, ended: true, slice: { id: `${searchId}.0`, outcome: found } });
      return done;
    });
    // The job is done only when the search is over.
    expect(await jobs.search(requestFor(ANY))).toEqual({ roll: 0, nonce: NONCE });
    finish(found);
  });

  it('goes through slice after slice, tells how far it is, and gives none twice', async () => {
    const slices: SliceJob[] = [];
    const heard: number[] = [];
    await startWorker((slice) => (slices.push(slice) < 4 ? nothingIn(slice) : found));
    await jobs
      .search(requestFor(2n ** 236n), { onProgress: ({ hashes }) => heard.push(hashes) })
      .catch(() => undefined);
    expect(slices.slice(0, 4).map(({ from }) => from)).toEqual([0, 262_144, 524_288, 786_432]);
    expect(heard.slice(0, 3)).toEqual([262_144, 524_288, 786_432]);
  });

  it('sends a slice again that was not searched to its end', async () => {
    const slices: SliceJob[] = [];
    await startWorker((slice) => (slices.push(slice) === 1 ? { ...nothingIn(slice), hashes: 7 } : found));
    await jobs.search(requestFor(ANY));
    expect(slices[1]).toEqual(slices[0]);
  });

  it('sends a slice again that is nowhere to be found', { timeout: 3 * WITHIN_MS }, async () => {
    const searching = jobs.search(requestFor(ANY));
    const queue = new Queue(SEARCH_QUEUE, { connection: redis, prefix: namespace });
    await expect.poll(() => queue.getWaitingCount()).toBe(1);
    await queue.obliterate({ force: true });
    await startWorker(() => found);
    expect(await searching).toEqual({ roll: 0, nonce: NONCE });
  });

  it('fails when its slice fails, and says why', async () => {
    await startWorker(() => Promise.reject(new Error('out of order')));
    await expect(jobs.search(requestFor(ANY))).rejects.toThrow('the search failed: out of order');
  });

  it('does not believe a nonce that does not meet the target', async () => {
    await startWorker(() => found);
    await expect(jobs.search(requestFor(NEVER))).rejects.toThrow('the nonce 5, which does not meet the target');
  });
});

describe('a search that is given up', () => {
  it('before it began puts nothing on the queue', async () => {
    const reason = new Error('never mind');
    await expect(jobs.search(requestFor(NEVER), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('takes back what waits, and what comes of the rest is nobody’s', async () => {
    const queue = new Queue<SliceJob, SliceResult>(SEARCH_QUEUE, { connection: redis, prefix: namespace });
    const giveUp = new AbortController();
    const searching = jobs.search(requestFor(NEVER), { signal: giveUp.signal });
    await expect.poll(() => queue.getWaitingCount()).toBe(2);
    let finish: (result: SliceResult) => void = () => undefined;
    await startWorker(() => new Promise((resolve) => (finish = resolve)));
    await expect.poll(() => queue.getActiveCount()).toBe(1);
    giveUp.abort(new Error('another tip'));
    await expect(searching).rejects.toThrow('another tip');
    await expect.poll(() => queue.getWaitingCount()).toBe(0);
    finish(found);
    await expect.poll(() => queue.getActiveCount()).toBe(0);
    await expect.poll(() => queue.getCompletedCount()).toBe(1);
    await queue.close();
  });
});

describe('the queue', () => {
  it('holds two slices for each worker that reports, and they last it a second', async () => {
    const report = { host: 'h', pid: 1, threads: 1, kernel: 'k', found: 0, startedAt: 0 };
    const stops = await Promise.all(
      [3_000_000, 5_000_000].map((rate, index) =>
        keepReporting(redis, namespace, () => ({ ...report, workerId: `w${index}`, rate })),
      ),
    );
    expect(await jobs.workers()).toHaveLength(2);
    const queue = new Queue<SliceJob, SliceResult>(SEARCH_QUEUE, { connection: redis, prefix: namespace });
    const giveUp = new AbortController();
    const searching = jobs.search(requestFor(NEVER), { signal: giveUp.signal });
    await expect.poll(() => queue.getWaitingCount()).toBe(4);
    const [slice] = await queue.getWaiting();
    expect((slice?.data.to ?? 0) - (slice?.data.from ?? 0)).toBe(4_000_000);
    giveUp.abort(new Error('enough'));
    await expect(searching).rejects.toThrow('enough');
    await Promise.all(stops.map((stop) => stop()));
    expect(await jobs.workers()).toEqual([]);
    await queue.close();
  });
});

describe('a Redis that may evict keys', () => {
  afterEach(async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
  });

  it('is refused with what was found and what to do', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(openSearchJobs(inject('servers').redisUrl, namespace, logger)).rejects.toThrow(
      "Redis has maxmemory-policy allkeys-lru and may evict the miner's jobs. Set it to noeviction: redis-cli CONFIG SET",
    );
  });

  it('is warned of where CONFIG is closed to us', async () => {
    const user = `managed_${randomBytes(4).toString('hex')}`;
    await redis.acl('SETUSER', user, 'on', '>secret', '~*', '&*', '+@all', '-config');
    const url = new URL(inject('servers').redisUrl);
    url.username = user;
    url.password = 'secret';
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const warnings: string[] = [];
    const opened = await openRedis(url.href, { warn: (_, message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringContaining('Its CONFIG is closed to us: set it to noeviction')]);
    opened.disconnect();
    await redis.acl('DELUSER', user);
  });
});
