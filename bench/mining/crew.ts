/*
 * A miner's searches with real worker processes, on a real Redis in a namespace of their own, and what their jobs say
 * afterwards. No service is needed for it.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createLogger } from '@pocket/service-kit';
import { root } from '@pocket/stack';
import { openSearchJobs, type SearchJobs, type SearchQueue } from '../../services/miner/src/jobs.ts';
import type { SliceResult } from '../../services/miner/src/slice-search.ts';

/** A slice that a worker has done with; unix milliseconds by the worker's clock. */
export interface DoneSlice extends SliceResult {
  readonly endedAt: number;
}

export interface Crew {
  readonly jobs: SearchJobs;
  /** What became of a search's slices, once no worker is busy any more. */
  slicesOf(searchId: string): Promise<DoneSlice[]>;
  close(): Promise<void>;
}

const STARTED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 5;

/** So many worker processes of so many threads each, ready and warm. */
export async function openCrew(redisUrl: string, name: string, count: number, threads: number): Promise<Crew> {
  const namespace = `bench-${name}`;
  const jobs = await openSearchJobs(redisUrl, namespace, createLogger('bench', 'silent'));
  const settings = { REDIS_URL: redisUrl, POCKET_NAMESPACE: namespace, POCKET_MINER_THREADS: String(threads) };
  const workers = Array.from({ length: count }, () => startWorker(settings));
  const close = async () => {
    await Promise.all(workers.map(endWorker));
    await jobs.close();
  };
  const deadline = performance.now() + STARTED_WITHIN_MS;
  while ((await jobs.workers()).length < count) {
    if (performance.now() > deadline) throw new Error(`${count} workers did not start in time`);
    await pause(LOOK_EVERY_MS);
  }
  return { jobs, close, slicesOf: (searchId) => slicesOf(jobs.queue, searchId) };
}

function startWorker(settings: Record<string, string>): ChildProcess {
  const entry = join(root, 'services/miner/dist/worker-main.js');
  return fork(entry, {
    env: { PATH: process.env['PATH'], ...settings },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function endWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null) return;
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}

async function slicesOf(queue: SearchQueue, searchId: string): Promise<DoneSlice[]> {
  while ((await queue.getActiveCount()) > 0) await pause(LOOK_EVERY_MS);
  const completed = await queue.getCompleted();
  return completed
    .filter(({ data }) => data.searchId === searchId)
    .map(({ returnvalue, finishedOn }) => ({ ...returnvalue, endedAt: finishedOn ?? 0 }));
}
