/** Search jobs on a real Redis: an outcome is heard, also when the connection that listens was away as it came. */
import { randomBytes } from 'node:crypto';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { openSearchJobs, redisConnection, SEARCH_QUEUE, type SearchJobs } from '../src/jobs.ts';

const WITHIN_MS = 10_000;
const NONCE = 5;

let redis: Redis;
let worker: Worker;
let jobs: SearchJobs;

beforeEach(async () => {
  const { redisUrl } = inject('servers');
  const namespace = `jobs_${randomBytes(8).toString('hex')}`;
  redis = redisConnection(redisUrl);
  worker = new Worker(SEARCH_QUEUE, () => Promise.resolve(NONCE), { connection: redis, prefix: namespace });
  await worker.waitUntilReady();
  jobs = await openSearchJobs(redisUrl, namespace);
});
afterEach(async () => {
  await jobs.close();
  await worker.close();
  redis.disconnect();
});

const search = (searchId: string) => jobs.search({ searchId, header: '', target: '', from: 0, to: 1 });

/** Cuts off who reads the stream of events; they come back a moment later by themselves. */
async function cutListeners(): Promise<void> {
  const clients = String(await redis.client('LIST')).split('\n');
  const listeners = clients.filter((line) => line.includes(' cmd=xread '));
  expect(listeners.length).toBeGreaterThan(0);
  for (const line of listeners) await redis.client('KILL', 'ID', /\bid=(\d+)/.exec(line)?.[1] ?? '');
}

it('tells the outcome of a search', async () => {
  expect(await search('one')).toBe(NONCE);
});

it(
  'tells it too where it came while nobody listened, before the first one was ever heard',
  async () => {
    await expect.poll(() => redis.client('LIST'), { timeout: WITHIN_MS }).toContain(' cmd=xread ');
    await cutListeners();
    expect(await search('one')).toBe(NONCE);
  },
  WITHIN_MS,
);
