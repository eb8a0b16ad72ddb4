/**
 * What every worker says of itself, in Redis: a key that the worker renews and that ends by itself where it does not, and
 * a set of the keys' names. The miner reads it to know how many slices to cut and how long ones.
 */
import type { Redis } from 'ioredis';
import { UnavailableError } from '@pocket/eventstore';

export interface WorkerReport {
  readonly workerId: string;
  readonly host: string;
  readonly pid: number;
  readonly threads: number;
  /** The name of the search that its threads run. */
  readonly kernel: string;
  /** Hashes a second, smoothed over its last slices. */
  readonly rate: number | null;
  /** How many nonces it has found since it started. */
  readonly found: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

const REPORT_EVERY_MS = 1_000;
/** A worker that has said nothing for so long is counted no more. */
const REPORT_ENDS_MS = 5_000;
const READ_EVERY_MS = 1_000;
/** A server that takes longer is stopped or hangs; whoever asks is told so rather than kept waiting. */
const ANSWER_WITHIN_MS = 1_500;

const setKey = (namespace: string): string => `${namespace}:miner-workers`;
const reportKey = (namespace: string, workerId: string): string => `${namespace}:miner-worker:${workerId}`;

/** Says it now and again and again, what `report` gives at the time. Returns how to take it back. */
export async function keepReporting(
  redis: Redis,
  namespace: string,
  report: () => WorkerReport,
): Promise<() => Promise<void>> {
  const { workerId } = report();
  const key = reportKey(namespace, workerId);
  const say = () =>
    redis
      .multi()
      .set(key, JSON.stringify(report()), 'PX', REPORT_ENDS_MS)
      .sadd(setKey(namespace), workerId)
      .exec()
      .catch(() => undefined);
  await say();
  const timer = setInterval(() => void say(), REPORT_EVERY_MS);
  return async () => {
    clearInterval(timer);
    const takenBack = redis.multi().del(key).srem(setKey(namespace), workerId).exec();
    await takenBack.catch(() => undefined);
  };
}

export interface WorkerList {
  /** The workers there were a moment ago. */
  readonly known: () => readonly WorkerReport[];
  /** Those there are now. Rejects with an UnavailableError where Redis does not answer. */
  readonly read: () => Promise<readonly WorkerReport[]>;
  readonly close: () => void;
}

/**
 * Reads the reports now and every second.
 * @param withinMs so long an answer is waited for.
 * @throws UnavailableError where the first is not there by then.
 */
export async function followWorkers(redis: Redis, namespace: string, withinMs = ANSWER_WITHIN_MS): Promise<WorkerList> {
  let last: readonly WorkerReport[] = [];
  let reading: Promise<readonly WorkerReport[]> | undefined;
  // The connection keeps what it is asked until the server is back: one question at a time is enough.
  const ask = () =>
    (reading ??= readReports(redis, namespace)
      .then((reports) => (last = reports))
      .finally(() => (reading = undefined)));
  const read = () => inTime(ask(), withinMs);
  await read();
  const timer = setInterval(() => void read().catch(() => undefined), READ_EVERY_MS);
  return { known: () => last, read, close: () => clearInterval(timer) };
}

async function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const sentence = `Redis has not answered within ${withinMs} ms, so that the miner does not know its workers`;
    timer = setTimeout(() => reject(new UnavailableError(sentence)), withinMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function readReports(redis: Redis, namespace: string): Promise<WorkerReport[]> {
  const workerIds = await redis.smembers(setKey(namespace));
  if (workerIds.length === 0) return [];
  const texts = await redis.mget(workerIds.map((workerId) => reportKey(namespace, workerId)));
  const gone = workerIds.filter((_, index) => texts[index] === null);
  if (gone.length > 0) await redis.srem(setKey(namespace), gone);
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as WorkerReport]));
}
