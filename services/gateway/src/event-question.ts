/** What a client asks of the feed: its words checked, with a sentence for each that cannot be meant. */
import Type, { type Static } from 'typebox';
import {
  eventCatalog,
  eventSources,
  EventOrder,
  isEventSource,
  PAGE_LIMIT,
  type ErrorCode,
  type EventSource,
} from '@pocket/contracts';
import { parseCursor, type Cursor } from './cursor.ts';
import type { FeedFilter } from './feed.ts';

const List = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, description }));
const CursorText = (description: string) => Type.Optional(Type.String({ maxLength: 200, description }));

/** Lists are separated by commas. */
export const EventsQuery = Type.Object(
  {
    service: List('Logs to read; all of them where none is named.'),
    stream: List('Streams inside the logs, for example chain or wallet-<address>.'),
    type: List('Event types, for example BlockConnected.'),
    correlation: List('Requests that the events belong to.'),
    causation: List('Events or requests that caused them.'),
    after: CursorText(
      'What is newer than this place, oldest first; 0 is the beginning, and so is a log that it does not name.',
    ),
    before: CursorText('What is older than this place, newest first.'),
    order: Type.Optional(EventOrder),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, description: 'Events of a page; 100 by default.' }),
    ),
    progress: Type.Optional(Type.Boolean({ description: 'true: a stream also tells of searches under way.' })),
  },
  { additionalProperties: false },
);
export type EventsQuery = Static<typeof EventsQuery>;

export type Checked<T> = { ok: true; value: T } | { ok: false; error: ErrorCode; detail: string };

export interface PageQuestion {
  filter: FeedFilter;
  order: EventOrder;
  /** Undefined: from the order's end of the feed. */
  from: Cursor | undefined;
  limit: number;
}

export interface StreamQuestion {
  filter: FeedFilter;
  /** Undefined: from now on. */
  from: Cursor | undefined;
  /** Whether searches under way are told as well. */
  withProgress: boolean;
}

const USUAL_LIMIT = 100;
const MAX_VALUES = 100;
const CURSOR_FORM =
  'must read like wallet=7,tx-pool=3,miner=2,chainstate=42, each log once at most, or 0 for the beginning';

const invalid = (detail: string) => ({ ok: false, error: 'invalid-request', detail }) as const;

export function askedPage(query: EventsQuery): Checked<PageQuestion> {
  const { after, before, limit = USUAL_LIMIT } = query;
  if (after !== undefined && before !== undefined)
    return invalid('after and before are two directions; give one of them');
  if (query.progress !== undefined) return invalid('a page holds what has happened: only a stream takes progress');
  const order = query.order ?? (before === undefined ? 'asc' : 'desc');
  if (after !== undefined && order === 'desc') return invalid('after goes on to what is newer: its order is asc');
  if (before !== undefined && order === 'asc') return invalid('before goes back to what is older: its order is desc');
  const filter = askedFilter(query);
  if (!filter.ok) return filter;
  const from = askedCursor(after === undefined ? 'before' : 'after', after ?? before);
  return from.ok ? { ok: true, value: { filter: filter.value, order, from: from.value, limit } } : from;
}

/** @param lastEventId what a client sends that connects again; it knows better than the address it began with. */
export function askedStream(query: EventsQuery, lastEventId: string | undefined): Checked<StreamQuestion> {
  for (const name of ['before', 'order', 'limit'] as const)
    if (query[name] !== undefined) return invalid(`a stream goes forward and does not end: it takes no ${name}`);
  const filter = askedFilter(query);
  if (!filter.ok) return filter;
  const from =
    lastEventId === undefined ? askedCursor('after', query.after) : askedCursor('Last-Event-ID', lastEventId);
  const withProgress = query.progress === true;
  return from.ok ? { ok: true, value: { filter: filter.value, from: from.value, withProgress } } : from;
}

function askedCursor(name: string, text: string | undefined): Checked<Cursor | undefined> {
  if (text === undefined) return { ok: true, value: undefined };
  const value = parseCursor(text);
  if (value !== undefined) return { ok: true, value };
  return { ok: false, error: 'unknown-cursor', detail: `${name} ${CURSOR_FORM}, not ${JSON.stringify(text)}` };
}

function askedFilter({ service, stream, type, correlation, causation }: EventsQuery): Checked<FeedFilter> {
  const lists = { service, stream, type, correlation, causation };
  for (const [name, text] of Object.entries(lists)) {
    const wrong = text === undefined ? undefined : faultOfList(name, text.split(','));
    if (wrong !== undefined) return invalid(wrong);
  }
  const services = service?.split(',').filter(isEventSource) ?? eventSources;
  const inLog = {
    ...(stream === undefined ? {} : { streams: stream.split(',') }),
    ...(type === undefined ? {} : { types: type.split(',') }),
    ...(correlation === undefined ? {} : { correlationIds: correlation.split(',') }),
    ...(causation === undefined ? {} : { causationIds: causation.split(',') }),
  };
  return { ok: true, value: { services: eventSources.filter((name) => services.includes(name)), inLog } };
}

function faultOfList(name: string, values: string[]): string | undefined {
  if (values.length > MAX_VALUES) return `${name} names ${values.length} values, at most ${MAX_VALUES} are taken`;
  const bad = values.find((value) => value === '' || value.length > 200);
  if (bad !== undefined) return `${name} has a value of ${bad.length} characters; each has 1 to 200`;
  const known = knownValues(name);
  const unknown = known === undefined ? undefined : values.find((value) => !known.includes(value));
  return unknown === undefined ? undefined : `there is no ${name} ${unknown}; there are ${known?.join(', ') ?? ''}`;
}

function knownValues(name: string): readonly string[] | undefined {
  if (name === 'service') return eventSources;
  return name === 'type'
    ? [...new Set(eventSources.flatMap((source) => Object.keys(eventCatalog[source])))]
    : undefined;
}

/** One event's place: `/v1/events/wallet/7`. */
export function askedEvent(service: string, position: string): Checked<{ service: EventSource; position: number }> {
  const wrong = (detail: string) => ({ ok: false, error: 'not-found', detail }) as const;
  if (!isEventSource(service)) return wrong(`there is no log of ${service}; there are ${eventSources.join(', ')}`);
  if (!/^[1-9]\d{0,14}$/.test(position)) return wrong(`${position} is no position; a log counts 1, 2, 3, …`);
  return { ok: true, value: { service, position: Number(position) } };
}
