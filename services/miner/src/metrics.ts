/** What Prometheus reads of the miner: gathered when it asks, from what the miner knows anyway. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SliceTimes } from './slice-search.ts';
import type { BlockCounts } from './store.ts';
import type { WorkerReport } from './worker-reports.ts';

export interface MetricSources {
  workers: () => Promise<readonly WorkerReport[]>;
  countBlocks: () => Promise<BlockCounts>;
}

export interface MinerMetrics {
  readonly registry: Registry;
  sliceTaken(times: SliceTimes): void;
  /** From then on workers and blocks are told of too; what cannot be read at the moment is left out. */
  readFrom(sources: MetricSources): void;
}

/** A slice is about a second of work; the way to a worker and back takes milliseconds, or a queue. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const WORK_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): MinerMetrics {
  const registry = new Registry();
  return {
    registry,
    sliceTaken: sliceTimes(registry),
    readFrom: ({ workers, countBlocks }) => {
      measureBlocks(registry, countBlocks);
      measureWorkers(registry, workers);
    },
  };
}

function measureBlocks(registry: Registry, countBlocks: MetricSources['countBlocks']): void {
  const blocks = new Counter({
    name: 'pocket_miner_blocks_total',
    help: 'Blocks over all of the history: found, and of those stale (another was faster) and refused (by a rule).',
    labelNames: ['outcome'],
    registers: [registry],
    collect: async () => {
      blocks.reset();
      const counts = await countBlocks().catch(() => ({}));
      for (const [outcome, count] of Object.entries(counts)) blocks.inc({ outcome }, Number(count));
    },
  });
}

function sliceTimes(registry: Registry): (times: SliceTimes) => void {
  const registers = [registry];
  const latency = new Histogram({
    name: 'pocket_miner_job_latency_seconds',
    help: 'From a slice being put on the queue to its result, without the work on it.',
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const work = new Histogram({
    name: 'pocket_miner_job_work_seconds',
    help: 'The work of a worker on one slice.',
    buckets: WORK_BUCKETS,
    registers,
  });
  return ({ waitedMs, workedMs }) => {
    latency.observe(waitedMs / 1_000);
    work.observe(workedMs / 1_000);
  };
}

/** A worker that is gone is told of no more. Each measure asks for itself: they are gathered in no certain order. */
function measureWorkers(registry: Registry, workers: MetricSources['workers']): void {
  const measure = (name: string, help: string, valueOf: (worker: WorkerReport) => number | null): void => {
    const gauge = new Gauge({
      ...{ name, help, labelNames: ['worker', 'host', 'kernel'], registers: [registry] },
      collect: async () => {
        gauge.reset();
        for (const report of await workers().catch(() => [])) {
          const value = valueOf(report);
          const { workerId: worker, host, kernel } = report;
          if (value !== null) gauge.set({ worker, host, kernel }, value);
        }
      },
    });
  };
  measure('pocket_miner_worker_threads', 'Threads of each worker.', ({ threads }) => threads);
  const smoothed = 'Hashes a second of each worker, smoothed over its last slices.';
  measure('pocket_miner_hash_rate', smoothed, ({ rate }) => rate);
}
