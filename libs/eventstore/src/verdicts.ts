/** Waiting, bounded, for what becomes of one event: it is applied, it fails for good, or it is still being tried. */

export type Verdict = 'applied' | 'failed' | 'running';

interface Waiter {
  position: number;
  tell: (verdict: Verdict) => void;
}

export class Verdicts {
  readonly #waiters = new Set<Waiter>();

  /** Resolves `running` when `withinMs` has passed and nothing is known. */
  of(position: number, withinMs: number): Promise<Verdict> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.tell('running'), withinMs);
      const waiter: Waiter = {
        position,
        tell: (verdict) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(verdict);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Everything up to `position` is applied. */
  applied(position: number): void {
    for (const waiter of this.#waiters) if (waiter.position <= position) waiter.tell('applied');
  }

  failed(position: number): void {
    for (const waiter of this.#waiters) if (waiter.position === position) waiter.tell('failed');
  }

  /** Nobody will know here: the subscription ends. */
  close(): void {
    for (const waiter of this.#waiters) waiter.tell('running');
  }
}
