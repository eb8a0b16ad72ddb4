/**
 * Lets writes run side by side, but a reset alone: it waits for those under way, and later ones wait for it. Holds
 * within one gateway; the services stay correct without it.
 */
export interface Gate {
  shared<T>(work: () => Promise<T>): Promise<T>;
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(): Gate {
  let barrier: Promise<unknown> = Promise.resolve();
  const running = new Set<Promise<unknown>>();
  return {
    async shared(work) {
      for (let seen; seen !== barrier;) await (seen = barrier);
      const turn = work();
      const settled = turn.catch(() => undefined).finally(() => running.delete(settled));
      running.add(settled);
      return turn;
    },
    exclusive(work) {
      const turn = barrier.then(() => Promise.all(running)).then(work);
      barrier = turn.catch(() => undefined);
      return turn;
    },
  };
}
