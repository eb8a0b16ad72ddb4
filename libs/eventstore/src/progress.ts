/**
 * How far this service has applied each foreign log, and waiting for it: the ground of read-your-writes. The replica
 * that consumes tells at once; the others look at the checkpoint in Postgres while somebody waits.
 */
import type { Log } from './log.ts';

const POLL_MS = 20;
/** After this long a waiter asks for the missing events instead of hoping for the message. */
const HINT_AFTER_MS = 150;

export class Progress {
  readonly #log: Pick<Log, 'checkpoint'>;
  readonly #consumer: string;
  readonly #applied = new Map<string, number>();
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #hints = new Map<string, () => void>();

  constructor(log: Pick<Log, 'checkpoint'>, consumer: string) {
    this.#log = log;
    this.#consumer = consumer;
  }

  applied(source: string): number {
    return this.#applied.get(source) ?? 0;
  }

  advance(source: string, position: number): void {
    this.#applied.set(source, Math.max(position, this.applied(source)));
    for (const wake of this.#waiters.get(source) ?? []) wake();
  }

  /** What to call when a waiter suspects that a message was lost. */
  onHint(source: string, hint: (() => void) | undefined): void {
    if (hint === undefined) this.#hints.delete(source);
    else this.#hints.set(source, hint);
  }

  /** Resolves true once `source` is applied up to `position`, false when `timeoutMs` has passed before. */
  async waitFor(source: string, position: number, timeoutMs: number): Promise<boolean> {
    const begun = performance.now();
    while (this.applied(source) < position) {
      const waitedMs = performance.now() - begun;
      if (waitedMs >= timeoutMs) return false;
      if (waitedMs >= HINT_AFTER_MS) this.#hints.get(source)?.();
      await this.#nextChange(source);
      if (this.applied(source) < position) this.advance(source, await this.#log.checkpoint(this.#consumer, source));
    }
    return true;
  }

  #nextChange(source: string): Promise<void> {
    const waiters = this.#waiters.get(source) ?? new Set();
    this.#waiters.set(source, waiters);
    return new Promise((resolve) => {
      const timer = setTimeout(() => wake(), POLL_MS);
      const wake = () => {
        clearTimeout(timer);
        waiters.delete(wake);
        resolve();
      };
      waiters.add(wake);
    });
  }
}
