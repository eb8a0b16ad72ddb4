/**
 * When to ask again: at most one question is under way, and whatever happens meanwhile leads to one more, however much it
 * was. Pure but for the promise; what is asked and what is done with it come in.
 * `ask` must not reject.
 */
export interface Refresher {
  /** Asks, or asks once more after the question under way. */
  request: () => void;
  /** Forgets the question under way and asks anew, for what is asked has changed. */
  restart: () => void;
  close: () => void;
}

export function createRefresher(ask: (signal: AbortSignal) => Promise<void>): Refresher {
  let running: AbortController | undefined;
  let closed = false;
  let again = false;
  const isWantedAgain = (): boolean => again;

  const run = async (): Promise<void> => {
    const mine = new AbortController();
    running = mine;
    again = false;
    await ask(mine.signal);
    if (running !== mine) return;
    running = undefined;
    if (isWantedAgain()) void run();
  };

  return {
    request: () => {
      if (closed) return;
      if (running === undefined) void run();
      else again = true;
    },
    restart: () => {
      if (closed) return;
      running?.abort();
      void run();
    },
    close: () => {
      closed = true;
      again = false;
      running?.abort();
    },
  };
}
