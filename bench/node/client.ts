/*
 * A stranger's client that keeps a number of connections busy. Bodies are made before the clock runs.
 */
import { Pool } from 'undici';

export interface NodeClient {
  /** Sends all bodies, as many at once as there are connections. Milliseconds until the last answer is read. */
  postAll(path: string, bodies: readonly string[], expectedStatus: number): Promise<number>;
  close(): Promise<void>;
}

/** Throws an Error with the answer where a status is not the expected one; in lists, where an item is refused. */
export function nodeClient(url: string, connections: number): NodeClient {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const post = async (path: string, body: string, expectedStatus: number): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await pool.request({ method: 'POST', path, headers, body });
    const text = await response.body.text();
    if (response.statusCode === expectedStatus && !text.includes('"status":422')) return;
    throw new Error(`POST ${path}: ${response.statusCode} ${text.slice(0, 500)}`);
  };
  return {
    async postAll(path, bodies, expectedStatus) {
      let next = 0;
      const begun = performance.now();
      const connection = async (): Promise<void> => {
        for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
          await post(path, body, expectedStatus);
      };
      await Promise.all(Array.from({ length: connections }, connection));
      return performance.now() - begun;
    },
    close: () => pool.close(),
  };
}
