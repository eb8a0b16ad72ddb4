/**
 * One order out of several logs, pure. Within a log it is that of its positions; between logs the earlier record goes
 * first, at the same moment the one nearer to where a payment begins; and an event never goes before its cause,
 * whatever the services' clocks say.
 */
import { eventSources, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { behind, type Cursor } from './cursor.ts';

/** The next events of one log, in the direction of the walk. */
export interface Lane {
  service: EventSource;
  events: readonly WatchedEvent[];
  /** Whether the log has no more of them. */
  complete: boolean;
  /** Where the lane ends: the place in its log that has been told when all of a complete lane has. */
  end: number;
}

export interface Place {
  service: EventSource;
  position: number;
}

export type Direction = 'forward' | 'backward';

/**
 * Where the events are that must be told before one: forward, by the id that it names as its cause, that cause;
 * backward, by its own id, the first effect of it in each log.
 */
export type Places = ReadonlyMap<string, readonly Place[]>;

export interface Walk {
  direction: Direction;
  /** Forward: what has been told. Backward: what has not been told yet. */
  from: Cursor;
  lanes: readonly Lane[];
  places: Places;
  limit: number;
}

export interface Walked {
  events: WatchedEvent[];
  /** The place from which the next walk in the same direction goes on. */
  at: Cursor;
  more: boolean;
}

interface Rules {
  /** By which id of an event `Places` say what it must wait for. */
  waitsBy: (event: WatchedEvent) => string | null;
  isAhead: (place: Place, at: Cursor) => boolean;
  /** Negative where the first of two goes first. */
  compare: (one: WatchedEvent, other: WatchedEvent) => number;
  /** Where a log stands when this event is the last one told, and when it is the next one. */
  told: (event: WatchedEvent) => number;
  next: (event: WatchedEvent) => number;
}

const RULES: Record<Direction, Rules> = {
  forward: {
    waitsBy: ({ metadata }) => metadata.causationId,
    isAhead: ({ service, position }, at) => position > at[service],
    compare: byMoment,
    told: ({ position }) => position,
    next: ({ position }) => position - 1,
  },
  backward: {
    waitsBy: ({ eventId }) => eventId,
    isAhead: ({ service, position }, at) => position <= at[service],
    compare: (one, other) => byMoment(other, one),
    told: ({ position }) => position - 1,
    next: ({ position }) => position,
  },
};

/** Takes events off the lanes until the limit, until a lane must be read on, or until all that is left must wait. */
export function walk({ direction, from, lanes, places, limit }: Walk): Walked {
  const rules = RULES[direction];
  const taken = new Map(lanes.map(({ service }) => [service, 0]));
  const headOf = ({ service, events }: Lane): WatchedEvent | undefined => events[taken.get(service) ?? 0];
  const events: WatchedEvent[] = [];
  let at = from;
  while (events.length < limit && lanes.every((lane) => lane.complete || headOf(lane) !== undefined)) {
    const heads = lanes.flatMap((lane) => headOf(lane) ?? []);
    const ready = heads.filter((event) => !mustWait(event, at, places, rules));
    const [first, ...others] = ready;
    if (first === undefined) break;
    const next = others.reduce((best, event) => (rules.compare(event, best) < 0 ? event : best), first);
    events.push(next);
    taken.set(next.service, (taken.get(next.service) ?? 0) + 1);
    at = behind(at, { service: next.service, position: rules.told(next) });
  }
  for (const lane of lanes) at = behind(at, { service: lane.service, position: restOf(lane, headOf(lane), at, rules) });
  return { events, at, more: lanes.some((lane) => !lane.complete || headOf(lane) !== undefined) };
}

/** What does not pass a filter is told with what does: nobody will ask for it again. */
function restOf({ service, complete, end }: Lane, head: WatchedEvent | undefined, at: Cursor, rules: Rules): number {
  if (head !== undefined) return rules.next(head);
  return complete ? end : at[service];
}

function mustWait(event: WatchedEvent, at: Cursor, places: Places, { waitsBy, isAhead }: Rules): boolean {
  const id = waitsBy(event);
  return id !== null && (places.get(id) ?? []).some((place) => isAhead(place, at));
}

function byMoment(one: WatchedEvent, other: WatchedEvent): number {
  if (one.recordedAt !== other.recordedAt) return one.recordedAt < other.recordedAt ? -1 : 1;
  return eventSources.indexOf(one.service) - eventSources.indexOf(other.service);
}
