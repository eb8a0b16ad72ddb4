/** Who wants to be told of which events. Pure: it knows no connection. */
import type { WatchedEvent } from '@pocket/contracts';
import type { EventType } from './event-types.ts';

export type Listener = (event: WatchedEvent) => void;

export interface Audience {
  /** Tells of events of these types, of all where none are given. Returns how to end it. */
  listen: (listener: Listener, types?: readonly EventType[]) => () => void;
  tell: (event: WatchedEvent) => void;
}

export function createAudience(): Audience {
  const seats = new Set<{ listener: Listener; types: ReadonlySet<string> | undefined }>();
  return {
    listen: (listener, types) => {
      const seat = { listener, types: types && new Set<string>(types) };
      seats.add(seat);
      return () => seats.delete(seat);
    },
    tell: (event) => {
      for (const { listener, types } of seats) if (types?.has(event.type) ?? true) listener(event);
    },
  };
}
