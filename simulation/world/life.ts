/**
 * One run of one program, from its start to its death. A dead one goes on computing in this process, but nothing it asks
 * for is answered any more and nothing it does has an effect: to everybody else it is gone.
 */
import { UnavailableError } from '@pocket/eventstore';

export class Life {
  readonly name: string;
  #alive = true;
  readonly #callers = new Set<(error: Error) => void>();

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whoever waits for an answer of it sees the connection break. */
  end(): void {
    this.#alive = false;
    for (const fail of this.#callers) fail(new UnavailableError(`${this.name} has died`));
    this.#callers.clear();
  }

  /** What others wait for; it fails when this program dies before. */
  answering<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#callers.add(reject);
      void work.then(resolve, reject).finally(() => this.#callers.delete(reject));
    });
  }

  /** Goes on for the living only. */
  async goesOn(): Promise<void> {
    // Of its own, so that what waits here can be forgotten.
    if (!this.#alive) await new Promise<never>(() => undefined);
  }
}
