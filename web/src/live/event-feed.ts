/**
 * Follows `/v1/events` and never loses its place. An EventSource connects again by itself where a connection breaks, but
 * gives up where the gateway answers with an error; then a new one is opened from the last place, later and later.
 */
import type { WatchedEvent } from '@pocket/contracts';
import { EVENT_TYPES } from './event-types.ts';

export type FeedState = 'connecting' | 'connected' | 'lost';

/** The part of the browser's EventSource that is used. */
export interface Source {
  readonly readyState: number;
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => unknown): void;
  close(): void;
}

export interface FeedOptions {
  open: (address: string) => Source;
  onEvent: (event: WatchedEvent) => void;
  /** What is said beside the events: a search under way. */
  onProgress: (progress: unknown) => void;
  onState: (state: FeedState) => void;
  wait: (callback: () => void, milliseconds: number) => unknown;
}

/** What follows Feed says when it has been closed for good. */
const CLOSED = 2;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

export interface Feed {
  /** Gives the connection up until `resume`: a browser has few for all of its tabs. */
  pause: () => void;
  /** Goes on where it was. */
  resume: () => void;
  end: () => void;
}

export function followEvents(options: FeedOptions): Feed {
  let place: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  let still = false;
  let source: Source | undefined;

  const connect = (): void => {
    if (still) return;
    source?.close();
    source = options.open(feedAddress(place));
    source.onopen = () => {
      waitMs = FIRST_WAIT_MS;
      options.onState('connected');
    };
    source.onerror = () => {
      if (still) return;
      options.onState('lost');
      if (source?.readyState !== CLOSED) return;
      options.wait(connect, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
    for (const type of EVENT_TYPES)
      source.addEventListener(type, ({ data, lastEventId }) => {
        if (lastEventId !== '') place = lastEventId;
        options.onEvent(JSON.parse(data) as WatchedEvent);
      });
    source.addEventListener('search-progress', ({ data }) => options.onProgress(JSON.parse(data) as unknown));
  };

  const begin = (): void => {
    still = false;
    options.onState('connecting');
    connect();
  };
  const end = (): void => {
    still = true;
    source?.close();
  };
  begin();
  return { pause: end, resume: () => (still ? begin() : undefined), end };
}

function feedAddress(place: string | undefined): string {
  const after = place === undefined ? '' : `&after=${encodeURIComponent(place)}`;
  return `/v1/events?progress=true${after}`;
}
