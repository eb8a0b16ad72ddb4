/** `GET /v1/events`: the events of all services as one feed, in pages or as a stream, and one event by its place. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { EventPage, WatchedEvent, type EventOrder } from '@pocket/contracts';
import { refuse, type HttpServer } from '@pocket/service-kit';
import type { Asides } from './asides.ts';
import { BEGINNING, formatCursor, reaches, type Cursor } from './cursor.ts';
import { askedEvent, askedPage, askedStream, EventsQuery, type PageQuestion } from './event-question.ts';
import { boundedPace, eventStream } from './event-stream.ts';
import { everything, readNow, readPage, requireKnown, UnknownCursorError, type LogReaders } from './feed.ts';
import type { Walked } from './merge.ts';
import type { Tail } from './tail.ts';

export interface Watching {
  readers: LogReaders;
  tail: Tail;
  asides: Asides;
}

/** Streams that one gateway serves at once. */
const MAX_STREAMS = 500;
/** A reader that has taken nothing for so long is disconnected; it goes on from its last id when it connects again. */
const STALLED_MS = 30_000;

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
  // The connection has no use after the stream; kept alive it would hold up a gateway that stops.
  connection: 'close',
};

const eventsRoute = { schema: { querystring: EventsQuery, response: { 200: EventPage } } };
const eventRoute = {
  schema: {
    params: Type.Object({ service: Type.String(), position: Type.String() }),
    response: { 200: WatchedEvent },
  },
};

export function addEvents(fastify: HttpServer, watching: Watching): void {
  const streams = new Set<AbortController>();
  fastify.addHook('preClose', async () => {
    for (const stream of streams) stream.abort();
    await Promise.resolve();
  });
  fastify.get('/events', eventsRoute, (request, reply) =>
    wantsStream(request) ? startStream(watching, streams, request, reply) : answerPage(watching, request.query, reply),
  );
  fastify.get('/events/:service/:position', eventRoute, async (request, reply) => {
    const asked = askedEvent(request.params.service, request.params.position);
    if (!asked.ok) return refuse(reply, asked.error, asked.detail);
    const { service, position } = asked.value;
    const range = { after: position - 1, through: position, direction: 'forward', limit: 1 } as const;
    const { events, head } = await watching.readers[service].search({
      ...range,
      filter: {},
      brief: false,
      hashes: true,
    });
    const [event] = events;
    if (event === undefined) return refuse(reply, 'not-found', `the log of ${service} ends at ${head}`);
    return { service, ...event };
  });
}

function wantsStream({ headers }: FastifyRequest): boolean {
  return /\btext\/event-stream\b/i.test(headers.accept ?? '');
}

async function answerPage({ readers }: Watching, query: EventsQuery, reply: FastifyReply) {
  const asked = askedPage(query);
  if (!asked.ok) return refuse(reply, asked.error, asked.detail);
  const { order, limit, filter } = asked.value;
  const from = await startOf(readers, asked.value);
  const direction = order === 'asc' ? 'forward' : 'backward';
  const walked = await orRefuse(reply, readPage(readers, { direction, from, limit, filter }));
  return walked === undefined ? reply : pageOf(order, from, walked);
}

async function startOf(readers: LogReaders, { from, order }: PageQuestion): Promise<Cursor> {
  if (from !== undefined) return from;
  return order === 'asc' ? BEGINNING : readNow(readers);
}

/** Undefined where the cursor is of no log; that has been answered then. */
async function orRefuse<T>(reply: FastifyReply, read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof UnknownCursorError)) throw error;
    refuse(reply, 'unknown-cursor', error.message);
    return undefined;
  }
}

function pageOf(order: EventOrder, from: Cursor, { events, at, more }: Walked): EventPage {
  const [older, newer] = order === 'asc' ? [from, at] : [at, from];
  const previous = reaches(BEGINNING, older, everything.services) ? null : formatCursor(older);
  return { order, events, previous, next: formatCursor(newer), more };
}

async function startStream(
  { readers, tail, asides }: Watching,
  streams: Set<AbortController>,
  request: FastifyRequest<{ Querystring: EventsQuery }>,
  reply: FastifyReply,
) {
  const lastEventId = request.headers['last-event-id'];
  const asked = askedStream(request.query, Array.isArray(lastEventId) ? lastEventId[0] : lastEventId);
  if (!asked.ok) return refuse(reply, asked.error, asked.detail);
  if (streams.size >= MAX_STREAMS)
    return refuse(reply, 'service-unavailable', `this gateway serves ${MAX_STREAMS} streams already`);
  const ending = new AbortController();
  streams.add(ending);
  reply.raw.once('close', () => {
    streams.delete(ending);
    ending.abort();
  });
  const from = await orRefuse(reply, placeOf(readers, asked.value.from));
  if (from === undefined) return reply;
  const { filter, withProgress } = asked.value;
  const told = { readers, tail, filter, asides: withProgress ? asides : undefined };
  const text = eventStream({ ...told, from, signal: ending.signal });
  const paced = boundedPace(text, STALLED_MS, () => reply.raw.destroy());
  return reply.headers(STREAM_HEADERS).send(Readable.from(paced, { objectMode: false }));
}

async function placeOf(readers: LogReaders, from: Cursor | undefined): Promise<Cursor> {
  if (from === undefined) return readNow(readers);
  await requireKnown(readers, from);
  return from;
}
