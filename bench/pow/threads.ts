/*
 * One thread and two, the same searches: worker threads as the miner's worker has them, each with searches of its own.
 * Two threads count together, in slices that begin at the same time. By the processor time that the threads were given,
 * as all rates here, and by the clock too, where a neighbour who wants the second processor as well halves it.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { microsecondsSince, type Contestant } from './contestant.ts';

type By = 'the clock' | 'processor time';

export interface Threads {
  /** The search of this name in so many threads at once. */
  searchingIn(threads: 1 | 2, name: string, by?: By): Contestant;
  close(): Promise<void>;
}

/** What a thread is asked. */
interface SliceWanted {
  readonly name: string;
  readonly sliceMs: number;
}

interface Slice {
  readonly tried: number;
  readonly elapsedMs: number;
}

export async function startThreads(): Promise<Threads> {
  const workers = [startThread(), startThread()];
  await Promise.all(workers.map((worker) => once(worker, 'message'))); // each says that it is ready
  return {
    searchingIn: (threads, name, by = 'processor time') => ({
      name: `${name} × ${threads}${by === 'the clock' ? ' by the clock' : ''}`,
      rate: (sliceMs) =>
        (by === 'the clock' ? byTheClock : byProcessorTime)(workers.slice(0, threads), { name, sliceMs }),
    }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function byTheClock(workers: readonly Worker[], wanted: SliceWanted): Promise<number> {
  const slices = await Promise.all(workers.map((worker) => sliceOf(worker, wanted)));
  return slices.reduce((sum, { tried, elapsedMs }) => sum + tried / elapsedMs / 1_000, 0);
}

/** The process's time is the threads': this one waits. */
async function byProcessorTime(workers: readonly Worker[], wanted: SliceWanted): Promise<number> {
  const before = process.cpuUsage();
  const slices = await Promise.all(workers.map((worker) => sliceOf(worker, wanted)));
  const tried = slices.reduce((sum, slice) => sum + slice.tried, 0);
  return (tried * workers.length) / microsecondsSince(before);
}

function startThread(): Worker {
  return new Worker(new URL('thread.mjs', import.meta.url));
}

async function sliceOf(worker: Worker, wanted: SliceWanted): Promise<Slice> {
  const answered = once(worker, 'message');
  worker.postMessage(wanted);
  const [slice] = (await answered) as [Slice];
  return slice;
}
