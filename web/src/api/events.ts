/** What `/v1/events` tells in pages, and one event by its place. The log has no moment: it holds all moments. */
import type { EventPage, WatchedEvent } from '@pocket/contracts';
import { requestJson } from './request.ts';

/** Lists are separated by commas; what is left out filters nothing. */
export interface EventQuestion {
  service?: string;
  type?: string;
  correlation?: string;
  causation?: string;
  /** A cursor; the page holds what is older, newest first. */
  before?: string;
  order?: 'asc' | 'desc';
  limit?: number;
}

export const events = (question: EventQuestion, signal?: AbortSignal): Promise<EventPage> =>
  requestJson('/v1/events', { query: { ...question }, signal });

/** One event with all of its data and its hash in the chain of its log's. */
export const event = (service: string, position: string, signal?: AbortSignal): Promise<WatchedEvent> =>
  requestJson(`/v1/events/${encodeURIComponent(service)}/${encodeURIComponent(position)}`, { signal });
