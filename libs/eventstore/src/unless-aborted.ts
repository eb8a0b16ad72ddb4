/** Waiting for others, but not beyond one's own end. */

/** undefined once the signal is aborted: what is asked of somebody who may have gone is not waited for then. */
export function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(undefined);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    void asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}
