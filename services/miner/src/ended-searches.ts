/**
 * Word that a search is over, from whoever knows first to all workers and miners, by Redis' publish and subscribe. It may
 * be lost, and then only a slice is searched in vain; the truth of a find is the result of its job.
 */
import type { Redis } from 'ioredis';
import type { SliceResult } from './slice-search.ts';

export interface EndedSearch {
  readonly searchId: string;
  /** Where a worker has found a nonce: in which slice. */
  readonly found?: { readonly id: string; readonly result: SliceResult };
}

const channelOf = (namespace: string): string => `${namespace}:search-ended`;

/** Does not wait for anybody to hear it. */
export function announceEnd(redis: Redis, namespace: string, ended: EndedSearch): void {
  redis.publish(channelOf(namespace), JSON.stringify(ended)).catch(() => undefined);
}

/** Listens on a connection of its own, which comes back by itself. Returns how to end it. */
export async function listenForEnds(
  redis: Redis,
  namespace: string,
  heard: (ended: EndedSearch) => void,
): Promise<() => void> {
  const listener = redis.duplicate();
  // The connection that it is a duplicate of tells of its troubles.
  listener.on('error', () => undefined);
  listener.on('message', (_channel, text) => heard(JSON.parse(text) as EndedSearch));
  await listener.subscribe(channelOf(namespace));
  return () => listener.disconnect();
}
