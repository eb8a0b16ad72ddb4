/**
 * A process that is kept running, except while a fault wants it away: it is started again as often as it takes. An end
 * that nobody here has brought about is a crash, and is remembered.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningServer } from '@pocket/stack';

type ManagedProcess = NonNullable<RunningServer['process']>;

/** A process that ended by itself. */
export interface Crash {
  readonly name: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** `exit code 1`, `signal SIGABRT`. */
  readonly how: string;
}

const START_AGAIN_MS = 250;

export class KeptProcess {
  readonly name: string;
  readonly crashes: Crash[] = [];
  readonly #process: ManagedProcess;
  readonly #ending = new AbortController();
  readonly #onNote: (text: string) => void;
  #isWanted = true;
  #raising: Promise<void> | undefined;

  /** @param process one that has been started. */
  constructor(name: string, process: ManagedProcess, onNote: (text: string) => void) {
    this.name = name;
    this.#process = process;
    this.#onNote = onNote;
    process.onUnexpectedExit(({ code, signal }) => {
      if (!this.#isWanted || process.starting) return;
      this.#crashed(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  }

  /** kill -9; it stays away until it is raised. */
  async kill(): Promise<void> {
    this.#isWanted = false;
    await this.#process.kill('SIGKILL');
  }

  /** Asks it to end; it stays away until it is raised. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    await this.#process.stop();
  }

  /** SIGSTOP and SIGCONT: it keeps its memory, connections and locks, and does nothing. */
  async freeze(): Promise<void> {
    await this.#process.kill('SIGSTOP');
  }

  async thaw(): Promise<void> {
    await this.#process.kill('SIGCONT');
  }

  /** Starts it, again and again where it cannot start yet; does not wait for that. */
  raise(): void {
    if (this.#ending.signal.aborted) return;
    this.#isWanted = true;
    this.#raising ??= this.#start().finally(() => {
      this.#raising = undefined;
      if (this.#isMissing()) this.raise();
    });
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    this.#isWanted = false;
    this.#ending.abort();
    await this.thaw();
    await this.#process.stop();
    await this.#raising;
  }

  #isMissing(): boolean {
    return this.#isWanted && !this.#process.running && !this.#ending.signal.aborted;
  }

  async #start(): Promise<void> {
    while (this.#isMissing()) {
      try {
        await this.#process.start(this.#ending.signal);
      } catch (error) {
        if (!this.#isMissing()) return;
        this.#onNote(`${this.name} could not start yet: ${error instanceof Error ? error.message : String(error)}`);
        await pause(START_AGAIN_MS);
      }
    }
  }

  #crashed(how: string): void {
    this.crashes.push({ name: this.name, atMs: Date.now(), how });
    this.#onNote(`${this.name} ended by itself (${how}); starting it again`);
    this.raise();
  }
}
