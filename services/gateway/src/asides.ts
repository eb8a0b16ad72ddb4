/**
 * What is said beside the feed: searches under way. It stands in no log, so it moves no reader's place: a message without
 * an id. Whoever reads slowly misses some of it, never an event.
 */
import { Bell } from '@pocket/service-kit';

/** So many words wait for one reader; the oldest go first. */
const MAX_WAITING = 50;

export interface Listener {
  /** What has been said since it was asked last, as messages of the stream. */
  take(): string[];
  /** Resolves at the next word, after `withinMs`, or when the signal says so. */
  wait(withinMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export class Asides {
  readonly #listeners = new Set<(text: string) => void>();

  /** @param text JSON on one line. */
  say(text: string): void {
    for (const listener of this.#listeners) listener(text);
  }

  listen(): Listener {
    const bell = new Bell();
    let waiting: string[] = [];
    const hear = (text: string): void => {
      waiting = [...waiting.slice(1 - MAX_WAITING), `event: search-progress\ndata: ${text}\n\n`];
      bell.ring();
    };
    this.#listeners.add(hear);
    return {
      take: () => waiting.splice(0),
      wait: (withinMs, signal) => (waiting.length > 0 ? Promise.resolve() : bell.wait(withinMs, signal)),
      close: () => this.#listeners.delete(hear),
    };
  }
}
