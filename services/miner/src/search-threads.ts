/**
 * The threads of one worker process. They are started and warm before the first task; a task is divided among them, and
 * a flag in shared memory stops them within a millisecond. The main thread searches no more than what is over at once.
 */
import { once } from 'node:events';
import { Worker as Thread } from 'node:worker_threads';
import type { NonceSearch } from '@pocket/pow';
import { expectedHashes, lowestHash } from './domain/slices.ts';
import { smoothedRate, type Effort } from './domain/hash-rate.ts';
import { CHUNK_NONCES, openSearch, shareTask, stopTask, type SearchTask, type ThreadResult } from './search-task.ts';

export interface TaskResult extends Effort {
  readonly nonce: number | null;
  /** The lowest hash that the threads met; null where the main one alone searched. */
  readonly bestHash: string | null;
}

export interface RunningTask {
  /** `hashes` is less than the task's nonces when it was stopped or found one. Rejects for a task that makes no sense. */
  readonly result: Promise<TaskResult>;
  readonly stop: () => void;
}

export interface Measurement {
  /** Hashes a second; null where it was stopped. */
  readonly rate: Promise<number | null>;
  readonly stop: () => void;
}

export interface SearchThreads {
  /** The name of the search that they run. */
  readonly kernel: string;
  readonly count: number;
  /** Hashes a second of the first task, which warmed them up. */
  readonly firstRate: number | null;
  /** One task at a time. */
  search(task: SearchTask): RunningTask;
  /** Searches for nothing, so many nonces or more, until that has lasted long enough to tell a rate; a task like others. */
  measure(nonces: number): Measurement;
  close(): Promise<void>;
}

/** Chunks of the first task of each thread, which makes the engine compile what it will run. */
const WARM_UP_CHUNKS = 4;
const MEASURE_GROWTH = 4;
const NONCES = 2 ** 32;
/** A search so easy is over before a thread would be awake: the main one does so many nonces itself, two milliseconds. */
const [EASY_HASHES, EASY_NONCES] = [2 ** 13, 2 ** 14];
/** A search that is likely to end in the first chunk is not worth waking more than one thread. */
const ONE_THREAD_HASHES = CHUNK_NONCES;

/** A thread that ends by itself ends the process: its error is nobody's to catch. */
export async function openSearchThreads(count: number): Promise<SearchThreads> {
  const threads = Array.from({ length: count }, startThread);
  const names = await Promise.all(threads.map(async (thread) => (await once(thread, 'message')) as [string]));
  const own = await openSearch();
  const search = (task: SearchTask): RunningTask => {
    const began = performance.now();
    const here = searchHere(own, task);
    const shared = shareTask({ ...task, from: task.from + here.hashes });
    const wanted = here.nonce === null ? threadsFor(shared) : 0;
    const parts = threads.slice(0, wanted).map(async (thread) => {
      thread.postMessage(shared);
      return ((await once(thread, 'message')) as [ThreadResult])[0];
    });
    const result = Promise.all(parts).then((results) => ({
      ...joined([here, ...results]),
      ms: performance.now() - began,
    }));
    return { result, stop: () => stopTask(shared) };
  };
  const measure = (nonces: number) => measureRate(search, Math.max(nonces, count * CHUNK_NONCES));
  const firstRate = await measure(WARM_UP_CHUNKS * count * CHUNK_NONCES).rate;
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.terminate()));
  };
  return { kernel: names[0]?.[0] ?? 'none', count, firstRate, search, measure, close };
}

/** How much it takes to tell a rate is between kernels a matter of a hundred. */
function measureRate(search: SearchThreads['search'], first: number): Measurement {
  let [isStopped, task] = [false, undefined as RunningTask | undefined];
  const measured = async (): Promise<number | null> => {
    for (let nonces = first; ; nonces *= MEASURE_GROWTH) {
      const to = Math.min(nonces, NONCES);
      task = search({ header: new Uint8Array(80), target: 0n, from: 0, to });
      const rate = smoothedRate(null, await task.result);
      if (isStopped) return null;
      if (rate !== null || to === NONCES) return rate;
    }
  };
  const stop = () => {
    isStopped = true;
    task?.stop();
  };
  return { rate: measured(), stop };
}

/** Beside a bundle lies the thread's own; a source, in tests, needs a loader that threads do not inherit. */
function startThread(): Thread {
  if (!import.meta.url.endsWith('.ts')) return new Thread(new URL('./search-thread.js', import.meta.url));
  const source = JSON.stringify(new URL('./search-thread.ts', import.meta.url));
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${source}, ${source}))`;
  return new Thread(load, { eval: true });
}

function searchHere({ search }: NonceSearch, { header, target, from, to }: SearchTask): ThreadResult {
  if (expectedHashes(target) > EASY_HASHES) return { nonce: null, hashes: 0, bestHash: null };
  const end = Math.min(from + EASY_NONCES, to);
  const nonce = search(header, target, from, end) ?? null;
  return { nonce, hashes: (nonce === null ? end : nonce + 1) - from, bestHash: null };
}

function threadsFor({ target, from, to }: SearchTask): number {
  return expectedHashes(target) <= ONE_THREAD_HASHES ? 1 : Math.ceil((to - from) / CHUNK_NONCES);
}

/** Of several nonces the lowest. Throws what a thread could not do. */
function joined(results: readonly ThreadResult[]): Omit<ThreadResult, 'failure'> {
  const failure = results.find((result) => result.failure !== undefined)?.failure;
  if (failure !== undefined) throw new Error(failure);
  const nonces = results.flatMap(({ nonce }) => nonce ?? []);
  return {
    nonce: nonces.length === 0 ? null : Math.min(...nonces),
    hashes: results.reduce((sum, { hashes }) => sum + hashes, 0),
    bestHash: lowestHash(results.map(({ bestHash }) => bestHash)),
  };
}
