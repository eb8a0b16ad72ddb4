/**
 * The addresses of one service and which of them to ask first. Reads go round, so that replicas share the work; writes
 * all begin at the first one, because two replicas that write one log at the same time decide again and again. One that
 * has failed is asked last for a while. (undici's BalancedPool gives no say in who comes next, its retry handler none in
 * whether a request may have been received.)
 */
import { Pool } from 'undici';

const CONNECTIONS = 64;
const ANSWER_WITHIN_MS = 60_000;
const REST_MS = 1_000;

export interface Replica {
  readonly url: string;
  readonly pool: Pool;
}

export interface Replicas {
  /** All of them, in the order in which to ask. */
  inOrder(reads: boolean): Replica[];
  /** It has failed: the others are asked before it for a while. */
  rest(replica: Replica): void;
  close(): Promise<void>;
}

/** @param urls base addresses, separated by commas; a name that stands for several machines counts as one. */
export function openReplicas(urls: string): Replicas {
  const timeouts = { headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS };
  const replicas = urls.split(',').map((entry) => {
    const url = entry.trim().replace(/\/$/, '');
    return { url, pool: new Pool(url, { connections: CONNECTIONS, ...timeouts }), restsUntil: 0 };
  });
  let turn = 0;
  return {
    inOrder(reads) {
      const first = reads ? turn++ % replicas.length : 0;
      const rotated = [...replicas.slice(first), ...replicas.slice(0, first)];
      const now = performance.now();
      const isResting = ({ restsUntil }: { restsUntil: number }): boolean => restsUntil > now;
      return [...rotated.filter((one) => !isResting(one)), ...rotated.filter(isResting)];
    },
    rest(replica) {
      const failed = replicas.find((one) => one === replica);
      if (failed !== undefined) failed.restsUntil = performance.now() + REST_MS;
    },
    close: async () => {
      await Promise.all(replicas.map(({ pool }) => pool.close()));
    },
  };
}
