/**
 * Pages of all logs in one order. The truth is each service's log, read over HTTP; nothing is kept here. What is read
 * of a log first may name a cause that another log got only meanwhile, so causes are looked for after the events.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  eventSources,
  PAGE_LIMIT,
  type EventFilter,
  type EventPlace,
  type EventSearch,
  type EventSource,
  type FoundEvents,
  type PlaceQuestion,
  type WatchedEvent,
} from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import { contextOfOwn, type ServiceClient } from '@pocket/service-kit';
import { expectAnswer } from './commands.ts';
import { BEGINNING, type Cursor } from './cursor.ts';
import { walk, type Direction, type Lane, type Place, type Places, type Walked } from './merge.ts';
import type { Services } from './services.ts';

/** One service's log, as it is read. */
export interface LogReader {
  search: (search: EventSearch) => Promise<FoundEvents>;
  places: (question: PlaceQuestion) => Promise<EventPlace[]>;
}
export type LogReaders = Record<EventSource, LogReader>;

export interface FeedFilter {
  /** The logs to read; at least one. */
  services: readonly EventSource[];
  /** What passes in each of them. */
  inLog: EventFilter;
}

export interface PageRequest {
  direction: Direction;
  from: Cursor;
  limit: number;
  filter: FeedFilter;
  /** Leaves large fields out of the events' data. */
  brief?: boolean;
  /** Whether an event is known to stand before `from`; spares looking for it. */
  isKnown?: (eventId: string) => boolean;
}

/** A place that a log has not reached: somebody made it up, or it is of other data than these. */
export class UnknownCursorError extends Error {
  override name = 'UnknownCursorError';

  constructor(service: EventSource, position: number, head: number) {
    super(`${service}=${position} is not in the log of ${service}, which ends at ${head}`);
  }
}

export const everything: FeedFilter = { services: eventSources, inLog: {} };

const READS = 3;
const READ_AGAIN_MS = 50;

/** @throws UnavailableError (by what it returns) when a service cannot be reached. */
export function readersOf(services: Services): LogReaders {
  const readers = eventSources.map((name) => [name, readerOf(services[name])] as const);
  return Object.fromEntries(readers) as LogReaders;
}

function readerOf(client: ServiceClient): LogReader {
  const ask = <T>(path: string, question: unknown) =>
    readAgain(async () => expectAnswer(await client.post<T>(contextOfOwn(), path, question)));
  return {
    search: (search) => ask('/events/search', search),
    places: (question) => ask('/events/places', question),
  };
}

/** A read may be repeated: a replica that dies under it has another one beside it, or is back soon. */
async function readAgain<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UnavailableError) || attempt === READS) throw error;
    }
    await pause(READ_AGAIN_MS);
  }
}

/** How often a page is read anew where all it could tell waits for a cause that was written while it was read. */
const ATTEMPTS = 3;

/**
 * The events next to `from`; none only where there are none, fewer than `limit` also where they are large.
 * @throws UnknownCursorError where `from` is beyond a log's end, UnavailableError where a service is away.
 */
export async function readPage(readers: LogReaders, request: PageRequest): Promise<Walked> {
  for (let attempt = 1; ; attempt++) {
    const lanes = await Promise.all(request.filter.services.map((service) => readLane(readers, service, request)));
    // A second reading has every cause of the first one. Where logs name causes in a circle, somebody has changed them.
    const places = attempt === ATTEMPTS ? new Map<string, Place[]>() : await placesOf(readers, request, lanes);
    const walked = walk({ ...request, lanes, places });
    if (walked.events.length > 0 || !walked.more) return walked;
  }
}

async function readLane(readers: LogReaders, service: EventSource, request: PageRequest): Promise<Lane> {
  const { direction, from, limit, brief = false } = request;
  const filter = request.filter.inLog;
  const range = direction === 'forward' ? { after: from[service] } : { after: 0, through: from[service] };
  const found = await readers[service].search({ ...range, direction, limit, filter, brief });
  if (found.head < from[service]) throw new UnknownCursorError(service, from[service], found.head);
  const events = found.events.map((event) => ({ service, ...event }));
  return { service, events, complete: found.complete, end: direction === 'forward' ? found.head : 0 };
}

async function placesOf(readers: LogReaders, request: PageRequest, lanes: readonly Lane[]): Promise<Places> {
  const events = lanes.flatMap((lane) => lane.events);
  const places = new Map<string, Place[]>();
  if (request.direction === 'forward')
    for (const { eventId, service, position } of events) places.set(eventId, [{ service, position }]);
  const ids = request.direction === 'forward' ? causesElsewhere(events, request) : events.map(({ eventId }) => eventId);
  if (ids.length === 0) return places;
  const found = await Promise.all(request.filter.services.map((service) => askPlaces(readers, service, ids, request)));
  for (const { id, ...place } of found.flat()) places.set(id, [...(places.get(id) ?? []), place]);
  return places;
}

/** A request that begins something is its own cause, and no event. */
function causesElsewhere(events: readonly WatchedEvent[], { isKnown }: PageRequest): string[] {
  const read = new Set(events.map(({ eventId }) => eventId));
  const causes = events.flatMap(({ metadata: { causationId, correlationId } }) =>
    causationId === null || causationId === correlationId ? [] : [causationId],
  );
  return [...new Set(causes)].filter((id) => !read.has(id) && isKnown?.(id) !== true);
}

async function askPlaces(readers: LogReaders, service: EventSource, ids: string[], request: PageRequest) {
  const { direction, from } = request;
  const filter = request.filter.inLog;
  const question: PlaceQuestion =
    direction === 'forward'
      ? { of: 'causes', ids, after: from[service], filter }
      : { of: 'effects', ids, after: 0, through: from[service], filter };
  const places = await readers[service].places(question);
  return places.map((place) => ({ service, ...place }));
}

/** How far every log is, asked one by one. */
export async function readHeads(readers: LogReaders): Promise<Cursor> {
  const search = { after: 0, through: 0, direction: 'forward', limit: 1, filter: {}, brief: true } as const;
  const heads = await Promise.all(eventSources.map(async (name) => [name, (await readers[name].search(search)).head]));
  return { ...BEGINNING, ...(Object.fromEntries(heads) as Cursor) };
}

/**
 * The place of this moment. The heads are not read at one moment, so that they may hold an effect and not its cause;
 * what has come since they were read holds every such cause.
 */
export async function readNow(readers: LogReaders): Promise<Cursor> {
  let from = await readHeads(readers);
  for (;;) {
    const request = { direction: 'forward', from, limit: PAGE_LIMIT, filter: everything, brief: true } as const;
    const { at, events } = await readPage(readers, request);
    if (events.length < PAGE_LIMIT) return at;
    from = at;
  }
}

/** @throws UnknownCursorError where the cursor is beyond the end of one of the logs. */
export async function requireKnown(readers: LogReaders, cursor: Cursor): Promise<void> {
  const heads = await readHeads(readers);
  for (const name of eventSources)
    if (cursor[name] > heads[name]) throw new UnknownCursorError(name, cursor[name], heads[name]);
}
