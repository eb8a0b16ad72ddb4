/**
 * A log as its rows lie in Postgres, for programs beside the services: every event with its JSON as the very text that was
 * written and with its hash. It judges nothing by itself; see log-proof.ts.
 */
import type pg from 'pg';
import type { EventText } from './event-hash.ts';
import type { Metadata, RecordedEvent } from './event.ts';

/** An event with its place and its hash; see event-hash.ts. */
export interface StoredEvent extends EventText {
  position: number;
  /** 32 bytes. */
  hash: Buffer;
}

export interface StoredHead {
  logId: string;
  position: number;
  hash: Buffer;
}

/** What can be asked: a pool or one connection. */
export type Queryable = Pick<pg.Client, 'query'>;

interface Row extends Omit<StoredEvent, 'position'> {
  position: string;
}

/** Events behind `after` of the log in this schema, oldest first, at most `limit`. */
export async function readStored(
  database: Queryable,
  schema: string,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const { rows } = await database.query<Row>({
    text: `SELECT position, event_id::text AS "eventId", stream, version, type, schema_version AS "schemaVersion",
                  data::text AS data, metadata::text AS metadata, hash,
                  to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "recordedAt"
             FROM "${schema}".events WHERE position > $1 ORDER BY position LIMIT $2`,
    values: [after, limit],
  });
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

/** undefined where the schema has no log yet. */
export async function readStoredHead(database: Queryable, schema: string): Promise<StoredHead | undefined> {
  const { rows: known } = await database.query<{ found: boolean }>({
    text: `SELECT to_regclass($1) IS NOT NULL AS found`,
    values: [`"${schema}".log_head`],
  });
  if (known[0]?.found !== true) return undefined;
  const { rows } = await database.query<Omit<StoredHead, 'position'> & { position: string }>(
    `SELECT log_id::text AS "logId", position, hash FROM "${schema}".log_head WHERE id = 1`,
  );
  const [row] = rows;
  return row === undefined ? undefined : { ...row, position: Number(row.position) };
}

/** The event as everybody else knows it. */
export function recordedEvent({ hash: _hash, data, metadata, ...event }: StoredEvent): RecordedEvent {
  return { ...event, data: JSON.parse(data) as unknown, metadata: JSON.parse(metadata) as Metadata };
}
