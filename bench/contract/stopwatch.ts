/*
 * Times single calls of the original's contract as a client sees them: from before the request is written until the
 * whole answer is read, on one connection that stays open. Parsing is not counted; that the call was not refused is
 * checked after the watch has stopped. The client is undici's, half as dear as `fetch`: it is the system that is timed.
 */
import { Pool, type Dispatcher } from 'undici';

export interface Stopwatch {
  /** Milliseconds; throws when the answer is no success. */
  get(path: string): Promise<number>;
  post(path: string, body?: object): Promise<number>;
  close(): Promise<void>;
}

export function stopwatchOf(url: string): Stopwatch {
  const pool = new Pool(url, { connections: 1 });
  const headers = { 'content-type': 'application/json' };
  return {
    get: (path) => time(pool, { method: 'GET', path }),
    post: (path, body = {}) => time(pool, { method: 'POST', path, headers, body: JSON.stringify(body) }),
    close: () => pool.close(),
  };
}

async function time(pool: Pool, request: Dispatcher.RequestOptions): Promise<number> {
  const start = performance.now();
  const { statusCode, body } = await pool.request(request);
  const text = await body.text();
  const elapsedMs = performance.now() - start;
  const { error } = JSON.parse(text) as { error?: string | null };
  if (statusCode !== 200 || typeof error === 'string')
    throw new Error(`${request.path} answered HTTP ${statusCode}: ${text}`);
  return elapsedMs;
}
