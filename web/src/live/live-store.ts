/**
 * The one connection to the events of all services. Pages ask to be told of the types they care about; what has been told
 * lately is kept, bounded, for whoever comes later.
 */
import { ref, shallowRef } from 'vue';
import { defineStore } from 'pinia';
import { raisePosition, type WatchedEvent } from '@pocket/contracts';
import { seen } from '../api/request.ts';
import { createAudience } from './audience.ts';
import { followEvents, type Feed, type FeedState } from './event-feed.ts';

const KEPT_EVENTS = 200;

type Connected = () => void;

/** Longer texts, such as whole blocks, are not kept: an event can be asked for again. */
const KEPT_TEXT = 1_000;

function briefly(event: WatchedEvent): WatchedEvent {
  const fields = Object.entries(event.data as object).filter(([, value]) => String(value).length <= KEPT_TEXT);
  return { ...event, data: Object.fromEntries(fields) };
}

const HIDDEN_FOR_MS = 30_000;

/** A tab that nobody looks at leaves its connection to those that somebody does: a browser has six for all of them. */
function pauseWhileHidden(feed: Feed): void {
  let hiding: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) hiding = setTimeout(feed.pause, HIDDEN_FOR_MS);
    else feed.resume();
  });
}

export const useLive = defineStore('live', () => {
  const state = ref<FeedState>('connecting');
  /** When the connection was lost, milliseconds; undefined while it stands. */
  const lostAt = ref<number>();
  /** The last events, newest first. */
  const recent = shallowRef<readonly WatchedEvent[]>([]);
  const progress = shallowRef<unknown>();
  const audience = createAudience();
  const onConnect = new Set<Connected>();

  function hear(event: WatchedEvent): void {
    raisePosition(seen, event.service, event.position);
    recent.value = [briefly(event), ...recent.value.slice(0, KEPT_EVENTS - 1)];
    audience.tell(event);
  }

  function change(next: FeedState): void {
    state.value = next;
    lostAt.value = next === 'lost' ? (lostAt.value ?? Date.now()) : undefined;
    if (next === 'connected') for (const connected of onConnect) connected();
  }

  /** Tells when the connection stands, for what came before it did may not have been told. Returns how to end it. */
  function whenConnected(connected: Connected): () => void {
    onConnect.add(connected);
    return () => onConnect.delete(connected);
  }

  function start(): void {
    const feed = followEvents({
      open: (address) => new EventSource(address),
      onEvent: hear,
      onProgress: (said) => (progress.value = said),
      onState: change,
      wait: (callback, milliseconds) => setTimeout(callback, milliseconds),
    });
    pauseWhileHidden(feed);
  }

  return { state, lostAt, recent, progress, listen: audience.listen, whenConnected, start };
});
