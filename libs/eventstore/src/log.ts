/**
 * A service's event log in Postgres: append with expected versions, read in order. One append is one SQL statement:
 * it takes the positions from the one-row table `log_head` (whose row lock orders the writers and whose rollback gives
 * the numbers back), inserts the events, moves checkpoints and updates the read models, all or nothing, in a single
 * round trip and a single durable commit.
 */
import { randomUUID } from 'node:crypto';
import { digestOf, type EventText } from './event-hash.ts';
import { classifyFailure, ConflictError } from './failure.ts';
import { empty, join, raw, sql, type Sql, type SqlClient } from './sql.ts';
import type { CheckpointMove, RecordedEvent, VersionedEvent } from './event.ts';

export interface Append {
  events: VersionedEvent[];
  /** When; ISO 8601, UTC. */
  recordedAt: string;
  checkpoints: CheckpointMove[];
  /** How often the tables had been rebuilt when what was decided on was read; of no matter where it is not given. */
  rebuilds?: number | undefined;
  /** What must be true of the tables as they are; where it is not, nothing is written. */
  guards?: Guard[];
  /**
   * Complete INSERT, UPDATE or DELETE statements; they may refer to `head.base`, the position before the first event, by
   * `FROM head`.
   */
  projections: Sql[];
}

/** A condition in SQL, and what to say where it does not hold. */
export interface Guard {
  condition: Sql;
  message: string;
}

/** A log is known by its id: servers that are used again may still carry another log of the same name. */
export interface LogHead {
  logId: string;
  position: number;
  /** How often the tables were replaced by rebuilt ones. */
  rebuilds: number;
}

/** The source has another log than the one this service has followed so far. Nothing of it may be applied. */
export class ForeignLogError extends Error {
  override name = 'ForeignLogError';

  constructor(source: string, found: string, followed: string) {
    super(`${source} has log ${found}, this service has followed ${followed}: restore the one or empty the other`);
  }
}

type AppendListener = (events: RecordedEvent[]) => void;

/** What a log promises, whatever keeps it. */
export type Log = Pick<EventLog, keyof EventLog>;

interface EventRow extends Omit<RecordedEvent, 'position' | 'recordedAt'> {
  position: bigint;
  recordedAt: Date;
}

/** The most events one read returns. */
export const READ_LIMIT = 1_000;

export class EventLog {
  readonly #client: SqlClient;
  readonly #listeners = new Set<AppendListener>();

  constructor(client: SqlClient) {
    this.#client = client;
  }

  /**
   * Writes everything or nothing.
   * @returns the events with their positions, in order; listeners have been told.
   * @throws ConflictError when a version or a checkpoint was taken by somebody else or a guard does not hold,
   * UnavailableError when Postgres is away.
   */
  async append(append: Append): Promise<RecordedEvent[]> {
    const { recordedAt } = append;
    const recorded = append.events.map((event) => ({ ...event, position: 0, eventId: randomUUID(), recordedAt }));
    const [head] = await this.#query<{ base: bigint | null }>(appendStatement(recorded, append)).catch(
      (error: unknown) => {
        if (error instanceof ConflictError) error.streams = [...new Set(append.events.map(({ stream }) => stream))];
        throw error;
      },
    );
    const base = Number(head?.base ?? 0);
    for (const [index, event] of recorded.entries()) event.position = base + 1 + index;
    if (recorded.length > 0) for (const listener of this.#listeners) listener(recorded);
    return recorded;
  }

  /** Events behind `after`, oldest first, at most `limit`. */
  async read(after: number, limit = READ_LIMIT): Promise<RecordedEvent[]> {
    const rows = await this.#query<EventRow>(
      sql`SELECT position, event_id AS "eventId", stream, version, type, schema_version AS "schemaVersion", data, metadata,
                 recorded_at AS "recordedAt"
            FROM events WHERE position > ${after} ORDER BY position LIMIT ${Math.min(limit, READ_LIMIT)}`,
    );
    return rows.map((row) => ({ ...row, position: Number(row.position), recordedAt: row.recordedAt.toISOString() }));
  }

  /** The log's identity and the position of its last committed event, 0 for an empty log. */
  async head(): Promise<LogHead> {
    const [row] = await this.#query<{ logId: string; position: bigint; rebuilds: number }>(
      sql`SELECT log_id AS "logId", position, rebuilds FROM log_head WHERE id = 1`,
    );
    if (row === undefined) throw new Error('the log has no head: its migrations have not been applied');
    return { ...row, position: Number(row.position) };
  }

  async checkpoint(consumer: string, source: string): Promise<number> {
    const rows = await this.#query<{ position: bigint }>(
      sql`SELECT position FROM checkpoints WHERE consumer = ${consumer} AND source = ${source}`,
    );
    return Number(rows[0]?.position ?? 0);
  }

  /**
   * Makes sure that the checkpoint exists, so that moves have something to move; an existing one stays.
   * @throws ForeignLogError when it stands in another log than `logId`.
   */
  async createCheckpoint(consumer: string, source: string, logId: string): Promise<number> {
    await this.#execute(
      sql`INSERT INTO checkpoints (consumer, source, log_id, position)
          VALUES (${consumer}, ${source}, ${logId}::uuid, 0) ON CONFLICT DO NOTHING`,
    );
    const [row] = await this.#query<{ logId: string; position: bigint }>(
      sql`SELECT log_id AS "logId", position FROM checkpoints WHERE consumer = ${consumer} AND source = ${source}`,
    );
    if (row?.logId !== logId) throw new ForeignLogError(source, logId, row?.logId ?? 'none');
    return Number(row.position);
  }

  /** Raises a checkpoint that may be repeated without harm (the relay's): no guard, never lowered. */
  async raiseCheckpoint(consumer: string, source: string, position: number): Promise<void> {
    await this.#execute(
      sql`UPDATE checkpoints SET position = ${position}
           WHERE consumer = ${consumer} AND source = ${source} AND position < ${position}`,
    );
  }

  /** Calls `listener` after every append of this process. Returns the call that ends it. */
  onAppended(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #query<T>(query: Sql): Promise<T[]> {
    return this.#client.$queryRaw<T[]>(query).catch((error: unknown) => {
      throw classifyFailure(error);
    });
  }

  async #execute(query: Sql): Promise<void> {
    await this.#client.$executeRaw(query).catch((error: unknown) => {
      throw classifyFailure(error);
    });
  }
}

function appendStatement(events: RecordedEvent[], append: Append): Sql {
  const { checkpoints, guards = [], projections } = append;
  const moves = checkpoints.map((move, index) => sql`moved_${raw(String(index))} AS (${moveCheckpoint(move)})`);
  const updates = projections.map((update, index) => sql`projected_${raw(String(index))} AS (${update})`);
  const moved = checkpoints.map(({ source, from }, index) => ({
    condition: sql`(SELECT count(*) FROM moved_${raw(String(index))}) = 1`,
    message: `checkpoint ${source} is not at ${from}`,
  }));
  const required = [...moved, ...unreplaced(append), ...guards].map(
    ({ condition, message }) => sql`, pocket_require(${condition}, ${message})`,
  );
  const appended = events.length === 0 ? [readHead] : appendParts(events, append.recordedAt);
  const parts = [...appended, ...moves, ...updates];
  return sql`WITH ${join(parts)} SELECT (SELECT base FROM head) AS base${required.length === 0 ? empty : join(required, '')}`;
}

/** The tables are those that were read. */
function unreplaced({ rebuilds }: Append): Guard[] {
  if (rebuilds === undefined) return [];
  const condition = sql`(SELECT rebuilds FROM head) = ${rebuilds}`;
  return [{ condition, message: 'the tables were rebuilt meanwhile' }];
}

/** With no positions to take, the head row is neither locked nor written. */
const readHead = sql`head AS (SELECT position AS base, rebuilds FROM log_head WHERE id = 1)`;

/** Takes the positions, chains the events' hashes and inserts them. */
function appendParts(events: RecordedEvent[], recordedAt: string): Sql[] {
  const texts = events.map(textOf);
  const of = (value: (text: EventText) => string | number): Sql => lines(texts.map(value));
  return [
    sql`head AS MATERIALIZED (SELECT base, rebuilds, hashes FROM pocket_take(${Buffer.concat(texts.map(digestOf))}))`,
    sql`appended AS (
    INSERT INTO events (position, event_id, stream, version, type, schema_version, data, metadata, recorded_at, hash)
    SELECT base + e.ordinal, e.event_id, e.stream, e.version, e.type, e.schema_version, e.data::json, e.metadata::json,
           ${recordedAt}::timestamptz, hashes[e.ordinal]
      FROM head, unnest(${of(({ eventId }) => eventId)}::uuid[], ${texts.map(({ stream }) => stream)}::text[],
             ${of(({ version }) => version)}::int[], ${of(({ type }) => type)},
             ${of(({ schemaVersion }) => schemaVersion)}::int[], ${of(({ data }) => data)},
             ${of(({ metadata }) => metadata)})
           WITH ORDINALITY AS e(event_id, stream, version, type, schema_version, data, metadata, ordinal))`,
  ];
}

function textOf({
  eventId,
  stream,
  version,
  type,
  schemaVersion,
  data,
  metadata,
  recordedAt,
}: RecordedEvent): EventText {
  const texts = { data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
  return { eventId, stream, version, type, schemaVersion, recordedAt, ...texts };
}

/** An array of texts without line breaks, as JSON is, in one parameter: the way to Postgres costs by the element. */
function lines(values: (string | number)[]): Sql {
  return sql`string_to_array(${values.join('\n')}, E'\n')`;
}

function moveCheckpoint({ consumer, source, from, to }: CheckpointMove): Sql {
  return sql`UPDATE checkpoints SET position = ${to}
              WHERE consumer = ${consumer} AND source = ${source} AND position = ${from} RETURNING 1`;
}
