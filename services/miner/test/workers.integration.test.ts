/**
 * Real worker processes on a real Redis: they share a search, stop at once when it is over, and one that is killed in the
 * middle of a slice loses that slice only.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { openSearchJobs, SEARCH_QUEUE, type SearchJobs } from '../src/jobs.ts';
import { redisConnection } from '../src/redis.ts';
import type { SearchRequest, SliceJob, SliceResult } from '../src/slice-search.ts';

const WITHIN_MS = 30_000;
const NEVER = 0n;
const LONG_SLICE_MS = 400;
const entry = fileURLToPath(new URL('../dist/worker-main.js', import.meta.url));

let namespace: string;
let redis: Redis;
let jobs: SearchJobs;
let queue: Queue<SliceJob, SliceResult>;
const children: ChildProcess[] = [];

beforeEach(async () => {
  namespace = `workers_${randomBytes(8).toString('hex')}`;
  redis = redisConnection(inject('servers').redisUrl);
  jobs = await openSearchJobs(inject('servers').redisUrl, namespace, pino({ level: 'silent' }));
  queue = new Queue(SEARCH_QUEUE, { connection: redis, prefix: namespace });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await queue.close();
  await jobs.close();
  redis.disconnect();
});

interface WorkerProcess {
  readonly child: ChildProcess;
  readonly log: string[];
}

/** A worker with one thread, ready to work. */
async function startWorker(settings: Record<string, string> = {}): Promise<WorkerProcess> {
  const child = fork(entry, {
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: inject('servers').redisUrl,
      POCKET_NAMESPACE: namespace,
      POCKET_MINER_THREADS: '1',
      ...settings,
    },
    silent: true,
  });
  children.push(child);
  const log: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => log.push(chunk.toString()));
  await expect.poll(() => log.join(''), { timeout: WITHIN_MS }).toContain('worker started');
  return { child, log };
}

/** 2^256 divided by how many hashes it takes. */
const targetOf = (hashes: number): bigint => 2n ** 256n / BigInt(hashes);
const requestFor = (target: bigint): SearchRequest => {
  const header = randomBytes(80);
  return { searchId: randomBytes(8).toString('hex'), target, headerOf: () => header };
};

/** What the kept jobs say: every slice that was searched to an end. */
async function results(): Promise<{ from: number; to: number; workerId: string; hashes: number; ms: number }[]> {
  const completed = await queue.getCompleted();
  return completed
    .map(({ data: { from, to }, returnvalue: { workerId, hashes, ms } }) => ({ from, to, workerId, hashes, ms }))
    .sort((left, right) => left.from - right.from);
}

describe('workers', () => {
  it(
    'find a nonce together, with all their threads',
    async () => {
      await Promise.all([startWorker(), startWorker({ POCKET_MINER_THREADS: '2' })]);
      const reports = await jobs.workers();
      expect(reports.map(({ threads }) => threads).sort()).toEqual([1, 2]);
      for (const { rate, pid, host } of reports) expect({ rate, pid, host }).toEqual(anyReport);
      for (const hashes of [2, 4_096, 20_000_000])
        expect((await jobs.search(requestFor(targetOf(hashes)))).roll).toBe(0);
    },
    WITHIN_MS,
  );

  it(
    'are idle soon after one of them has found, and after the search was given up',
    async () => {
      await Promise.all([startWorker(), startWorker()]);
      const giveUp = new AbortController();
      const searching = jobs.search(requestFor(NEVER), { signal: giveUp.signal });
      await expect.poll(() => queue.getActiveCount(), { timeout: WITHIN_MS }).toBe(2);
      giveUp.abort(new Error('enough'));
      await expect(searching).rejects.toThrow('enough');
      await expect.poll(() => queue.getActiveCount(), { interval: 5, timeout: WITHIN_MS }).toBe(0);
      expect(await queue.getWaitingCount()).toBe(0);
    },
    WITHIN_MS,
  );

  it(
    'leave every lock renewed while they search slices that take far longer than a lock',
    async () => {
      const { log } = await startWorker({ POCKET_LOG_LEVEL: 'debug' });
      const giveUp = new AbortController();
      await redis.sadd(`${namespace}:miner-workers`, 'giant');
      const giant = {
        workerId: 'giant',
        host: 'h',
        pid: 1,
        threads: 1,
        kernel: 'k',
        rate: 4e9,
        found: 0,
        startedAt: 0,
      };
      await redis.set(`${namespace}:miner-worker:giant`, JSON.stringify(giant));
      await jobs.workers();
      const searching = jobs.search(requestFor(NEVER), { signal: giveUp.signal });
      await expect.poll(() => queue.getActiveCount(), { timeout: WITHIN_MS }).toBe(1);
      const [active] = await queue.getActive();
      await seeRenewed(`${namespace}:${SEARCH_QUEUE}:${active?.id}:lock`, RENEWALS);
      expect((await queue.getActive()).map(({ id }) => id)).toEqual([active?.id]);
      giveUp.abort(new Error('enough'));
      await expect(searching).rejects.toThrow('enough');
      expect(log.join('')).not.toMatch(/stall|lost|lock|failed/);
    },
    WITHIN_MS,
  );
});

/** A lock ends after three seconds and is renewed every second: so many renewals are twice its length. */
const RENEWALS = 6;

/** Waits until the lock's end has moved away so often. Fails where there is no lock. */
async function seeRenewed(key: string, times: number): Promise<void> {
  let [left, renewed] = [await redis.pttl(key), 0];
  const look = async (): Promise<number> => {
    const now = await redis.pttl(key);
    if (now < 0) throw new Error(`the lock ${key} has ended`);
    if (now > left) renewed++;
    left = now;
    return renewed;
  };
  await expect.poll(look, { interval: 50, timeout: WITHIN_MS }).toBeGreaterThanOrEqual(times);
}

const anyReport: unknown = {
  rate: expect.any(Number) as number,
  pid: expect.any(Number) as number,
  host: expect.any(String) as string,
};

/** Until both workers have just begun slices that take long: a moment later each is in the middle of one. */
async function inTheMiddleOfSlices(): Promise<void> {
  let known = 0;
  const justBegun = async (): Promise<boolean> => {
    const all = await results();
    const isNew = all.length > known;
    known = all.length;
    return isNew && all.slice(-2).every(({ ms }) => ms > LONG_SLICE_MS) && (await queue.getActiveCount()) === 2;
  };
  await expect.poll(justBegun, { interval: 20, timeout: WITHIN_MS }).toBe(true);
}

describe('a worker that is killed in the middle of a slice', () => {
  it(
    'loses that slice only, and another one takes it again',
    async () => {
      const [killed] = await Promise.all([startWorker(), startWorker()]);
      const giveUp = new AbortController();
      const searching = jobs.search(requestFor(NEVER), { signal: giveUp.signal });
      await expect.poll(async () => (await results()).length, { timeout: WITHIN_MS }).toBeGreaterThan(4);
      killed.child.kill('SIGKILL');
      await once(killed.child, 'exit');
      const begun = (await queue.getActive()).map(({ data }) => data.from);
      expect(begun.length).toBeGreaterThan(0);
      const again = async () => (await results()).filter(({ from }) => begun.includes(from)).length;
      await expect.poll(again, { timeout: 8_000 }).toBe(begun.length);
      giveUp.abort(new Error('enough'));
      await expect(searching).rejects.toThrow('enough');
      const searched = (await results()).filter(({ from, to, hashes }) => hashes === to - from);
      for (const [index, { from }] of searched.entries()) expect(from).toBe(searched[index - 1]?.to ?? 0);
    },
    2 * WITHIN_MS,
  );

  it(
    'gives it back at once when it is ended properly',
    async () => {
      const [ended] = await Promise.all([startWorker(), startWorker()]);
      const giveUp = new AbortController();
      const searching = jobs.search(requestFor(NEVER), { signal: giveUp.signal });
      await inTheMiddleOfSlices();
      ended.child.kill('SIGTERM');
      await once(ended.child, 'exit');
      expect(ended.child.exitCode).toBe(0);
      expect(await jobs.workers()).toHaveLength(1);
      const unfinished = (await results()).filter(({ from, to, hashes }) => hashes < to - from);
      expect(unfinished).toHaveLength(1);
      const again = async () =>
        (await results()).filter(({ from, to, hashes }) => from === unfinished[0]?.from && hashes === to - from);
      await expect.poll(async () => (await again()).length, { timeout: 8_000 }).toBe(1);
      giveUp.abort(new Error('enough'));
      await expect(searching).rejects.toThrow('enough');
    },
    2 * WITHIN_MS,
  );
});
