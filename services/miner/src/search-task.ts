/**
 * What a worker's main thread hands to its searching threads. All threads of a task take chunks of its nonces from one
 * counter in shared memory until there are none left, so that a slower thread holds nobody up; beside the counter is the
 * flag that stops them all.
 */

/** The search of all threads of a worker, the main one among them. */
export { createFastestSearch as openSearch } from '@pocket/pow/native';

export interface SearchTask {
  /** The header's 80 bytes; the nonce in it does not matter. */
  readonly header: Uint8Array;
  readonly target: bigint;
  /** First nonce. */
  readonly from: number;
  /** Behind the last nonce. */
  readonly to: number;
}

/** A task as a thread gets it. */
export interface SharedTask extends SearchTask {
  readonly control: Int32Array;
}

/** What a thread has done of it; a chunk that was broken off is not counted. */
export interface ThreadResult {
  readonly nonce: number | null;
  readonly hashes: number;
  /** The lowest hash it met, 64 hex digits as people see it; null where it looked for none. */
  readonly bestHash: string | null;
  /** Why it could not be done at all. */
  readonly failure?: string;
}

/** Some ten milliseconds; the flag is looked at far more often. */
export const CHUNK_NONCES = 2 ** 16;

const [STOPPED, NEXT_CHUNK] = [0, 1];
const CONTROL_BYTES = 8;

export function shareTask(task: SearchTask): SharedTask {
  return { ...task, control: new Int32Array(new SharedArrayBuffer(CONTROL_BYTES)) };
}

export function stopTask({ control }: SharedTask): void {
  Atomics.store(control, STOPPED, 1);
}

export function isStopped({ control }: SharedTask): boolean {
  return Atomics.load(control, STOPPED) === 1;
}

/** The next nonces that nobody has taken; undefined where there are none. */
export function takeChunk({ from, to, control }: SharedTask): { from: number; to: number } | undefined {
  const start = from + Atomics.add(control, NEXT_CHUNK, 1) * CHUNK_NONCES;
  return start < to ? { from: start, to: Math.min(start + CHUNK_NONCES, to) } : undefined;
}
