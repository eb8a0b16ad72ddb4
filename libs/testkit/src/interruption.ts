/** A run of tests that is interrupted takes down what it has started, like one that ends. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const INTERRUPTED = 130;

/**
 * A signal ends the run as soon as the servers have stopped and their data is gone. Vitest's own listeners would end
 * the process at once, so they are put aside. Returns the call that puts everything back.
 */
export function onInterruption(interruption: AbortController, stop: () => Promise<void>): () => void {
  const theirs = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  const interrupt = (signal: NodeJS.Signals): void => {
    if (interruption.signal.aborted) return;
    interruption.abort(new Error(`Interrupted by ${signal}.`));
    print(`${signal}: stopping what the tests run on`);
    void stop().finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, interrupt);
  return () => {
    for (const [signal, listeners] of theirs) {
      process.off(signal, interrupt);
      for (const listener of listeners) process.on(signal, listener);
    }
  };
}

export function print(message: string): void {
  process.stdout.write(`${message}\n`);
}
