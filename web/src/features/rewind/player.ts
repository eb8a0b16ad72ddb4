/** Plays: step after step, each no sooner than the one before is shown, until the end or until it is paused. Pure. */
import type { Pace } from './pace.ts';

export interface Stage {
  /** Asked before every step, so that another speed holds from the next one on. */
  pace: () => Pace;
  /** Goes on by so many events. Returns false where the end has been reached. */
  advance: (stride: number) => Promise<boolean>;
  /** Resolves when what was stepped to is shown. */
  shown: () => Promise<void>;
  wait: (milliseconds: number) => Promise<void>;
}

/** Ends when the end is reached or the signal says so. */
export async function play({ pace, advance, shown, wait }: Stage, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { stride, pauseMs } = pace();
    await Promise.all([wait(pauseMs), shown()]);
    if (signal.aborted || !(await advance(stride))) return;
  }
}
