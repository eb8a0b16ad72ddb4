/**
 * Watching the logs: what the gateway asks each service about its log, what it answers of all of them together, and
 * one transaction's way through them.
 */
import Type, { type Static } from 'typebox';
import { LogEventView } from './payloads.ts';
import { Hash, Nullable } from './primitives.ts';
import { eventSources } from './services.ts';

/** The most events a page holds. */
export const PAGE_LIMIT = 1_000;
/** The most values one filter names. */
const MAX_VALUES = 200;

const Position = Type.Integer({ minimum: 0 });
const Values = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { minItems: 1, maxItems: MAX_VALUES });

/** An event passes when each field that is given holds its value. */
export const EventFilter = Type.Partial(
  Type.Object({
    types: Values,
    streams: Values,
    correlationIds: Values,
    causationIds: Values,
    eventIds: Values,
    /** The transaction that an event's data is about. */
    txids: Values,
  }),
);
export type EventFilter = Static<typeof EventFilter>;

/** Positions behind `after` and up to `through`; up to the log's head where that is not given. */
const range = { after: Position, through: Type.Optional(Position) };

/** `POST /events/search` of a service. */
export const EventSearch = Type.Object({
  ...range,
  direction: Type.Union([Type.Literal('forward'), Type.Literal('backward')]),
  limit: Type.Integer({ minimum: 1, maximum: PAGE_LIMIT }),
  filter: EventFilter,
  /** Leaves fields of more than 1,000 bytes out of an event's data. */
  brief: Type.Boolean(),
  /** Tells each event's hash in the chain of the log's. */
  hashes: Type.Optional(Type.Boolean()),
});
export type EventSearch = Static<typeof EventSearch>;

export const FoundEvents = Type.Object({
  /** The log's last position when it was searched. */
  head: Position,
  /** Whether nothing of the range has been left for a next search. */
  complete: Type.Boolean(),
  events: Type.Array(LogEventView),
});
export type FoundEvents = Static<typeof FoundEvents>;

/** `POST /events/places` of a service: where the events of these ids are, or the first that each of them has caused. */
export const PlaceQuestion = Type.Object({
  ...range,
  of: Type.Union([Type.Literal('causes'), Type.Literal('effects')]),
  ids: Type.Array(Type.String(), { maxItems: eventSources.length * PAGE_LIMIT }),
  filter: EventFilter,
});
export type PlaceQuestion = Static<typeof PlaceQuestion>;

/** `id` as in the question; `position` of that event, or of the first that it has caused in this log. */
export const EventPlace = Type.Object({ id: Type.String(), position: Position });
export type EventPlace = Static<typeof EventPlace>;

const Service = Type.Enum([...eventSources]);

/** An event with the log it is in; with its hash where one event was asked for. */
export const WatchedEvent = Type.Object({ service: Service, ...LogEventView.properties });
export type WatchedEvent = Static<typeof WatchedEvent>;

export const EventOrder = Type.Union([Type.Literal('asc'), Type.Literal('desc')]);
export type EventOrder = Static<typeof EventOrder>;

export const EventPage = Type.Object({
  order: EventOrder,
  events: Type.Array(WatchedEvent),
  /** Pass it as `before` for what is older than this page; null where nothing is. */
  previous: Nullable(Type.String()),
  /** Pass it as `after` for what is newer than this page. */
  next: Type.String(),
  /** Whether there was more in the direction of `order` when this page was read. */
  more: Type.Boolean(),
});
export type EventPage = Static<typeof EventPage>;

export const FlightStep = Type.Object({
  /** Milliseconds since the first step. */
  sinceFirstMs: Type.Integer(),
  recordedAt: Type.String({ format: 'date-time' }),
  /** What happened, as a sentence. */
  what: Type.String(),
  service: Service,
  position: Type.Integer({ minimum: 1 }),
  type: Type.String(),
  eventId: Type.String(),
  correlationId: Type.String(),
  /** The event that caused this one, or the request that did. */
  causationId: Nullable(Type.String()),
  /** The index of the step that caused this one; null where the cause is no step. */
  causedBy: Nullable(Type.Integer({ minimum: 0 })),
});
export type FlightStep = Static<typeof FlightStep>;

/** One transaction's way through all services. */
export const Flight = Type.Object({
  txid: Hash,
  /** From the first step to the last, milliseconds. */
  lastedMs: Type.Integer(),
  steps: Type.Array(FlightStep),
  /** Whether all that has happened so far is shown: not whether the flight has ended, as more may happen at any time. */
  complete: Type.Boolean(),
});
export type Flight = Static<typeof Flight>;
