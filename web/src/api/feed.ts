/** The feed of all services' events in pages, and the cut through their logs that an event marks. */
import { parsePositions, POSITION_HEADER, type EventPage, type Positions, type WatchedEvent } from '@pocket/contracts';
import { request, requestJson } from './request.ts';

/** A place in the feed is how far each log has been told, as `wallet=7,chainstate=42`; `0` is the beginning. */
export type FeedQuestion = { limit: number } & ({ after: string } | { before: string } | { order: 'desc' });

export const eventPage = (question: FeedQuestion, signal?: AbortSignal): Promise<EventPage> =>
  requestJson<EventPage>('/v1/events', { query: { ...question }, signal });

/** One event by its place, as `log:position`. */
export const eventAt = (atEvent: string, signal?: AbortSignal): Promise<WatchedEvent> =>
  requestJson<WatchedEvent>(`/v1/events/${atEvent.split(':').map(encodeURIComponent).join('/')}`, { signal });

/**
 * How far each log had come at an event, `log:position`. The gateway says it along with every answer of the past; the
 * smallest of them is asked for.
 */
export async function cutAt(atEvent: string, signal?: AbortSignal): Promise<Positions> {
  const response = await request('/v1/blocks', { query: { limit: 1, atEvent }, signal });
  await response.arrayBuffer();
  return parsePositions(response.headers.get(POSITION_HEADER) ?? '') ?? {};
}
