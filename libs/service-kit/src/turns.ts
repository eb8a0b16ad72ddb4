/**
 * Work that many may want at once, done once for all of them. Whoever comes while it is under way shares the next turn,
 * so that nobody is answered by what had begun before the question.
 */
export function inTurns<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    next = undefined;
    const turn = work().finally(() => {
      if (current === turn) current = undefined;
    });
    return (current = turn);
  };
  return () => (current === undefined ? begin() : (next ??= current.then(begin, begin)));
}
