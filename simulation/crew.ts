/** Many seeds on several processes: each runs one seed after another, because a run takes its process's time over. */
import { fork, type ChildProcess } from 'node:child_process';
import type { Break } from './world/breaks.ts';
import type { Summary } from './tally.ts';

export interface CrewOrder {
  from: number;
  seeds: number;
  threads: number;
  broken: Break | undefined;
  /** Told of every seed that has ended. Answers whether to go on. */
  ended: (summary: Summary) => boolean;
}

export interface WorkerOrder {
  seed: number;
  broken: Break | undefined;
}

/** Ends when all seeds have run, or nobody wants more of them. @throws Error when a worker ends by itself. */
export async function runCrew(order: CrewOrder): Promise<void> {
  let next = order.from;
  const end = order.from + order.seeds;
  const takeSeed = (): number | undefined => (next < end ? next++ : undefined);
  const stop = (): void => {
    next = end;
  };
  const workers = Array.from({ length: Math.min(order.threads, order.seeds) }, () => runWorker(order, takeSeed, stop));
  await Promise.all(workers);
}

function runWorker(order: CrewOrder, takeSeed: () => number | undefined, stop: () => void): Promise<void> {
  const worker = fork(new URL('worker.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    const goOn = (): void => {
      const seed = takeSeed();
      if (seed === undefined) worker.disconnect();
      else worker.send({ seed, broken: order.broken } satisfies WorkerOrder);
    };
    worker.on('message', (summary: Summary) => {
      if (!order.ended(summary)) stop();
      goOn();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(ended(worker, code))));
    goOn();
  });
}

function ended({ pid }: ChildProcess, code: number | null): Error {
  return new Error(`worker ${pid} has ended with ${code}`);
}
