/** What Prometheus reads of the workers: those that there are when it asks. */
import { expect, it } from 'vitest';
import { createMetrics } from '../src/metrics.ts';
import type { WorkerReport } from '../src/worker-reports.ts';

const reportOf = (workerId: string, rate: number | null): WorkerReport => ({
  ...{ workerId, host: 'here', pid: 7, startedAt: 0, threads: 2, kernel: 'wasm-simd', rate, found: 0 },
});

it('tells of every worker that there is now, from the first time on, and of no other', async () => {
  let reports = [reportOf('first', 5), reportOf('second', null)];
  const metrics = createMetrics();
  metrics.readFrom({ workers: () => Promise.resolve(reports), countBlocks: () => Promise.reject(new Error('away')) });
  const read = async () => {
    const lines = (await metrics.registry.metrics()).split('\n');
    return lines.flatMap(
      (line) => /^pocket_miner_(\w+)\{worker="(\w+)".*\} (\d+)$/.exec(line)?.slice(1).join(' ') ?? [],
    );
  };
  expect(await read()).toEqual(['worker_threads first 2', 'worker_threads second 2', 'hash_rate first 5']);
  reports = [reportOf('third', 6)];
  expect(await read()).toEqual(['worker_threads third 2', 'hash_rate third 6']);
});
