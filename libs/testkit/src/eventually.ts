/** Waiting for what happens soon, with a bound: the only wait there is in tests. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Bound {
  withinMs: number;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/**
 * Calls `check` again and again until it does not throw, and returns what it returned. A check that is under way when
 * the bound has passed is not waited for. Throws the last failure, with the bound in its message.
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs }: Bound): Promise<T> {
  const timer = new AbortController();
  const late = pause(withinMs, undefined, { signal: timer.signal });
  late.catch(() => undefined);
  const state: { failure: unknown; late: boolean } = { failure: new Error('the check has not ended'), late: false };
  const bound = late.then((): never => {
    state.late = true;
    throw tooLate(state.failure, withinMs);
  });
  try {
    return await Promise.race([repeat(check, state), bound]);
  } finally {
    state.late = true;
    timer.abort();
    bound.catch(() => undefined);
  }
}

async function repeat<T>(check: () => T | Promise<T>, state: { failure: unknown; late: boolean }): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await check();
    } catch (failure) {
      state.failure = failure;
      if (state.late) throw failure;
    }
    await pause(pauseMs);
  }
}

function tooLate(failure: unknown, withinMs: number): Error {
  const text = failure instanceof Error ? failure.message : String(failure);
  return new Error(`Not so within ${withinMs} ms: ${text}`, { cause: failure });
}
