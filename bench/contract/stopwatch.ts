/*
 * Times single calls of the original's contract as a client sees them: from before the request is written until the
 * whole answer is read. Parsing is not counted; that the call was not refused is checked after the watch has stopped.
 */

export interface Stopwatch {
  /** Milliseconds; throws when the answer is no success. */
  get(path: string): Promise<number>;
  post(path: string, body?: object): Promise<number>;
}

export function stopwatchOf(url: string): Stopwatch {
  const headers = { 'content-type': 'application/json' };
  return {
    get: (path) => time(url + path, {}),
    post: (path, body = {}) => time(url + path, { method: 'POST', headers, body: JSON.stringify(body) }),
  };
}

async function time(url: string, init: RequestInit): Promise<number> {
  const start = performance.now();
  const response = await fetch(url, init);
  const text = await response.text();
  const elapsedMs = performance.now() - start;
  const { error } = JSON.parse(text) as { error?: string | null };
  if (!response.ok || typeof error === 'string') throw new Error(`${url} answered HTTP ${response.status}: ${text}`);
  return elapsedMs;
}
