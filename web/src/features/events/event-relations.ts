/** One event with the events before and behind it: the one that caused it, and those that it caused itself. */
import type { WatchedEvent } from '@pocket/contracts';
import { event as readOne, events } from '../../api/events.ts';

export interface RelatedEvent {
  event: WatchedEvent;
  /** undefined where a request caused it, or the cause is not among the first events of its request. */
  cause: WatchedEvent | undefined;
  /** Whether a request to the gateway caused it, and no event. */
  byRequest: boolean;
  /** The first of them, in the order in which they came. */
  effects: WatchedEvent[];
  moreEffects: boolean;
}

const EFFECTS = 50;
/** So many events of one request are looked through for the cause. */
const RELATED = 1_000;

export async function readEvent(service: string, position: string, signal: AbortSignal): Promise<RelatedEvent> {
  const event = await readOne(service, position, signal);
  const { correlationId, causationId } = event.metadata;
  const byRequest = causationId === null || causationId === correlationId;
  const [caused, related] = await Promise.all([
    events({ causation: event.eventId, order: 'asc', limit: EFFECTS }, signal),
    byRequest ? undefined : events({ correlation: correlationId, order: 'asc', limit: RELATED }, signal),
  ]);
  const cause = related?.events.find(({ eventId }) => eventId === causationId);
  return { event, cause, byRequest, effects: caused.events, moreEffects: caused.more };
}
