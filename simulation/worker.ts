/** A process of the crew: runs the seeds it is sent, one at a time, until nobody sends any more. */
import type { WorkerOrder } from './crew.ts';
import { runSeed } from './run.ts';
import type { Summary } from './tally.ts';

process.on('message', ({ seed, broken }: WorkerOrder) => {
  void runSeed(seed, { broken }).then(({ seed, accusations, faults, events, blocks, wishes, ...rest }) => {
    const { steps, simulatedMs, traceHash } = rest;
    const summary: Summary = { seed, accusations, faults, events, blocks, wishes, steps, simulatedMs, traceHash };
    process.send?.(summary);
  });
});
