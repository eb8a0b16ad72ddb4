/**
 * Time that stands still until it is told to go on: every clock and timer of the process is a variable of the
 * simulation. Between two timers all that follows from the first one is done to its end, so that a seed is one order of
 * events.
 */
import { syncBuiltinESMExports } from 'node:module';
import { install } from '@sinonjs/fake-timers';

const realImmediate = setImmediate;
const FAKED = [
  'Date',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'performance',
] as const;
/** Unix milliseconds at which every simulation begins. */
export const BEGINNING = 1_750_000_000_000;

export interface SimulatedTime {
  /** Fires timers in their order until `done`. False where `withinMs` of simulated time have passed before. */
  runUntil(done: () => boolean, withinMs: number): Promise<boolean>;
  /** Moves what clocks show by so many milliseconds; timers are not touched. */
  jump(byMs: number): void;
  /** Takes back what has been turned back: clocks show the latest time they have ever shown, or a later one. */
  mend(): void;
  /** How many timers have fired. */
  readonly steps: number;
  /** Gives the process its own time back. */
  end(): void;
}

/** Takes the process's time over until `end`. */
export function simulateTime(): SimulatedTime {
  const clock = install({ now: BEGINNING, toFake: [...FAKED] });
  // The promises of node:timers are imported by name.
  syncBuiltinESMExports();
  let steps = 0;
  let latest = clock.now;
  return {
    get steps() {
      return steps;
    },
    async runUntil(done, withinMs) {
      const end = performance.now() + withinMs;
      await settled();
      while (!done()) {
        if (performance.now() > end) return false;
        clock.next();
        steps++;
        await settled();
      }
      return true;
    },
    jump(byMs) {
      latest = Math.max(latest, clock.now);
      clock.setSystemTime(clock.now + byMs);
    },
    mend() {
      clock.setSystemTime(Math.max(latest, clock.now));
    },
    end() {
      clock.uninstall();
      syncBuiltinESMExports();
    },
  };
}

/** When every promise that can be kept has been kept. */
function settled(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

/** Simulated milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
