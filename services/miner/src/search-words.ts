/**
 * What workers and miners tell each other of a search, by Redis' publish and subscribe: what has become of a slice, and that
 * the search is over, from whoever knows first. Word may be lost, and then a slice is searched in vain or its result is
 * looked for later; the truth of a slice is its job.
 */
import type { Redis } from 'ioredis';
import type { SliceResult } from './slice-search.ts';

export interface SearchWord {
  readonly searchId: string;
  readonly ended: boolean;
  /** Of which slice, by its job, a worker has come to what. */
  readonly slice?: { readonly id: string; readonly outcome: SliceResult | SliceFailure };
}

export interface SliceFailure {
  readonly failure: string;
}

const channelOf = (namespace: string): string => `${namespace}:search`;

/** Does not wait for anybody to hear it. */
export function announce(redis: Redis, namespace: string, word: SearchWord): void {
  redis.publish(channelOf(namespace), JSON.stringify(word)).catch(() => undefined);
}

/** Listens on a connection of its own, which comes back by itself. Returns how to end it. */
export async function listenForWords(
  redis: Redis,
  namespace: string,
  heard: (word: SearchWord) => void,
): Promise<() => void> {
  const listener = redis.duplicate();
  // The connection that it is a duplicate of tells of its troubles.
  listener.on('error', () => undefined);
  listener.on('message', (_channel, text) => heard(JSON.parse(text) as SearchWord));
  await listener.subscribe(channelOf(namespace));
  return () => listener.disconnect();
}
