/** How far an export or import is, said once a second: what, how much of it, how fast, and how long it may still take. */
import type { Step } from '@pocket/archive';

const EVERY_MS = 1_000;

/** Prints at most one line a second; what takes less than one is not worth a line. */
export function progressPrinter(print: (line: string) => void, now: () => number): (step: Step) => void {
  let begun = { task: '', at: 0, done: 0 };
  let told = 0;
  return (step) => {
    const at = now();
    if (step.task !== begun.task) {
      begun = { task: step.task, at, done: step.done };
      told = at;
    }
    if (at - told < EVERY_MS) return;
    told = at;
    print(describe(step, ((step.done - begun.done) * 1_000) / (at - begun.at)));
  };
}

function describe({ task, done, total }: Step, perSecond: number): string {
  const left = (total - done) / perSecond;
  return `  ${task}: ${done} of ${total}, ${Math.round(perSecond)} a second, ${left.toFixed(1)} s left`;
}
