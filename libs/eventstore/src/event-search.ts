/**
 * A log as a watcher asks about it: its events by what they are and belong to, in either direction, and where the
 * causes and effects of events are. Reads only; what it has told of a range stays true, since a log only grows.
 */
import { classifyFailure } from './failure.ts';
import { empty, join, sql, type Sql, type SqlClient } from './sql.ts';
import type { RecordedEvent } from './event.ts';

/** An event passes when each field that is given holds its value. */
export interface EventFilter {
  types?: string[];
  streams?: string[];
  correlationIds?: string[];
  causationIds?: string[];
  eventIds?: string[];
  /** The transaction that the data is about; only the logs of wallet and pool have an index for it. */
  txids?: string[];
}

/** Positions behind `after` and up to `through`; up to the head where that is not given. */
export interface EventRange {
  after: number;
  through?: number;
}

export interface EventSearch extends EventRange {
  direction: 'forward' | 'backward';
  limit: number;
  filter: EventFilter;
  /** Leaves fields of more than 1,000 bytes out of the data. */
  brief: boolean;
  /** Tells each event's hash. */
  hashes?: boolean;
}

/** `hash` in hex, where it was asked for. */
export type FoundEvent = RecordedEvent & { hash?: string };

export interface FoundEvents {
  head: number;
  /** Whether nothing of the range is left for a next search. */
  complete: boolean;
  events: FoundEvent[];
}

export interface PlaceQuestion extends EventRange {
  of: 'causes' | 'effects';
  ids: string[];
  filter: EventFilter;
}

/** `causes`: the position of the event `id`. `effects`: that of the first event which `id` has caused. */
export interface EventPlace {
  id: string;
  position: number;
}

/** What the data of one answer may take together as Postgres keeps it; one event is always told. */
const MAX_DATA_BYTES = 4 * 1024 * 1024;
const BRIEF_BYTES = 1_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface EventRow extends Omit<RecordedEvent, 'position' | 'recordedAt'> {
  position: bigint;
  recordedAt: Date;
  matched: bigint;
  hash: string | null;
}

/** The events of a range that pass, oldest first when asked forward, newest first when asked backward. */
export async function searchEvents(client: SqlClient, search: EventSearch): Promise<FoundEvents> {
  // The head comes first: everything up to it is there, and nothing will be added below it.
  const head = await readHead(client);
  const through = Math.min(search.through ?? head, head);
  if (search.after >= through) return { head, complete: true, events: [] };
  const rows = await ask<EventRow>(client, searchStatement({ ...search, through }));
  const matched = Number(rows[0]?.matched ?? 0);
  return { head, complete: rows.length === matched, events: rows.map(eventOf) };
}

function searchStatement({ direction, limit, brief, hashes = false, ...search }: EventSearch): Sql {
  const order = direction === 'forward' ? sql`ORDER BY position` : sql`ORDER BY position DESC`;
  const data = brief ? briefData : sql`data`;
  const hash = hashes ? sql`encode(hash, 'hex')` : sql`NULL`;
  const fits = brief ? empty : sql`AND coalesce(bytes_before, 0) < ${MAX_DATA_BYTES}`;
  return sql`
    SELECT position, event_id AS "eventId", stream, version, type, schema_version AS "schemaVersion", ${data} AS data,
           metadata, recorded_at AS "recordedAt", matched, ${hash} AS hash
      FROM (SELECT *, row_number() OVER (${order}) AS ordinal, count(*) OVER () AS matched,
                   sum(pg_column_size(data)) OVER (${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
              FROM (SELECT * FROM events WHERE ${matches(search)} ${order} LIMIT ${limit + 1}) found) counted
     WHERE ordinal <= ${limit} ${fits} ${order}`;
}

const briefData = sql`
  CASE WHEN pg_column_size(data) <= ${BRIEF_BYTES} THEN data
       ELSE (SELECT json_object_agg(key, value) FROM json_each(data) WHERE octet_length(value::text) <= ${BRIEF_BYTES})
  END`;

/** Where the events asked for are; those that are not in the range or do not pass are not told. */
export async function findPlaces(client: SqlClient, { of, ids, ...search }: PlaceQuestion): Promise<EventPlace[]> {
  const statement = of === 'causes' ? causesStatement(ids, search) : effectsStatement(ids, search);
  const rows = await ask<{ id: string; position: bigint }>(client, statement);
  return rows.map(({ id, position }) => ({ id, position: Number(position) }));
}

function causesStatement(ids: string[], search: Pick<EventSearch, 'after' | 'through' | 'filter'>): Sql {
  return sql`SELECT event_id::text AS id, position FROM events WHERE ${isEvent(ids)} AND ${matches(search)}`;
}

function effectsStatement(ids: string[], search: Pick<EventSearch, 'after' | 'through' | 'filter'>): Sql {
  return sql`SELECT metadata->>'causationId' AS id, min(position) AS position FROM events
              WHERE metadata->>'causationId' = ANY(${ids}::text[]) AND ${matches(search)} GROUP BY 1`;
}

function matches({ after, through, filter }: EventRange & { filter: EventFilter }): Sql {
  const { types, streams, correlationIds, causationIds, eventIds, txids } = filter;
  const conditions = [
    sql`position > ${after}`,
    ...(through === undefined ? [] : [sql`position <= ${through}`]),
    ...isOneOf(sql`type`, types),
    ...isOneOf(sql`stream`, streams),
    ...isOneOf(sql`(metadata->>'correlationId')`, correlationIds),
    ...isOneOf(sql`(metadata->>'causationId')`, causationIds),
    ...isOneOf(sql`pocket_txid(data)`, txids),
    ...(eventIds === undefined ? [] : [isEvent(eventIds)]),
  ];
  return join(conditions, ' AND ');
}

/** One value is asked for as such, so that an index also gives the order. */
function isOneOf(column: Sql, values: string[] | undefined): Sql[] {
  if (values === undefined) return [];
  const [only] = values;
  return [values.length === 1 ? sql`${column} = ${only}` : sql`${column} = ANY(${values}::text[])`];
}

/** A cause may be a request, whose id is whatever its sender chose; only what looks like an event's id can be one. */
function isEvent(ids: string[]): Sql {
  return sql`event_id = ANY(${ids.filter((id) => UUID.test(id))}::uuid[])`;
}

async function readHead(client: SqlClient): Promise<number> {
  const [row] = await ask<{ position: bigint }>(client, sql`SELECT position FROM log_head WHERE id = 1`);
  return Number(row?.position ?? 0);
}

function eventOf(row: EventRow): FoundEvent {
  const { eventId, stream, version, type, schemaVersion, data, metadata } = row;
  const [position, recordedAt] = [Number(row.position), row.recordedAt.toISOString()];
  const event = { position, eventId, stream, version, type, schemaVersion, data, metadata, recordedAt };
  return row.hash === null ? event : { ...event, hash: row.hash };
}

async function ask<T>(client: SqlClient, query: Sql): Promise<T[]> {
  return client.$queryRaw<T[]>(query).catch((error: unknown) => {
    throw classifyFailure(error);
  });
}
