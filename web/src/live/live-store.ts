/**
 * The one connection to the events of all services. Pages ask to be told of the types they care about; what has been told
 * lately is kept, bounded, for whoever comes later.
 */
import { ref, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import { raisePosition, type WatchedEvent } from '@pocket/contracts';
import { seen } from '../api/request.ts';
import { createAudience } from './audience.ts';
import { followEvents, type FeedState } from './event-feed.ts';

const KEPT_EVENTS = 200;

type Reconnected = () => void;

export const useLive = defineStore('live', () => {
  const state = ref<FeedState>('connecting');
  /** When the connection was lost, milliseconds; undefined while it stands. */
  const lostAt = ref<number>();
  /** The last events, newest first. */
  const recent = shallowRef<readonly WatchedEvent[]>([]);
  const progress = shallowRef<unknown>();
  const audience = createAudience();
  const onReconnect = new Set<Reconnected>();

  function hear(event: WatchedEvent): void {
    raisePosition(seen, event.service, event.position);
    recent.value = [event, ...recent.value.slice(0, KEPT_EVENTS - 1)];
    audience.tell(event);
  }

  function change(next: FeedState): void {
    const back = next === 'connected' && state.value === 'lost';
    state.value = next;
    lostAt.value = next === 'lost' ? (lostAt.value ?? Date.now()) : undefined;
    if (back) for (const reconnected of onReconnect) reconnected();
  }

  /** Tells when the connection stands again after it was lost. Returns how to end it. */
  function afterReconnect(reconnected: Reconnected): () => void {
    onReconnect.add(reconnected);
    return () => onReconnect.delete(reconnected);
  }

  function start(): () => void {
    return followEvents({
      open: (address) => new EventSource(address),
      onEvent: hear,
      onProgress: (said) => (progress.value = said),
      onState: change,
      wait: (callback, milliseconds) => setTimeout(callback, milliseconds),
    });
  }

  return { state, lostAt, recent, progress, listen: audience.listen, afterReconnect, start };
});
