/** How far an export or import is, said once a second: what, how much of it, how fast, and how long it may still take. */
import type { Step } from '@pocket/archive';

const EVERY_MS = 1_000;

/** Prints at most one line a second; what takes less than one is not worth a line. */
export function progressPrinter(print: (line: string) => void, now: () => number): (step: Step) => void {
  let told = now();
  let task = '';
  let begun = told;
  return (step) => {
    const time = now();
    if (step.task !== task) [task, begun] = [step.task, told];
    if (time - told < EVERY_MS) return;
    told = time;
    print(describe(step, (time - begun) / 1_000));
  };
}

function describe({ task, done, total }: Step, seconds: number): string {
  const perSecond = done / seconds;
  const left = (total - done) / perSecond;
  return `  ${task}: ${done} of ${total}, ${Math.round(perSecond)} a second, ${left.toFixed(1)} s left`;
}
