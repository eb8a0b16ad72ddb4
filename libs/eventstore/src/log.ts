/**
 * A service's event log in Postgres: append with expected versions, read in order. One append is one SQL statement:
 * it takes the positions from the one-row table `log_head` (whose row lock orders the writers and whose rollback gives
 * the numbers back), inserts the events, moves checkpoints and updates the read models, all or nothing, in a single
 * round trip and a single durable commit.
 */
import { randomUUID } from 'node:crypto';
import { digestOf } from './event-hash.ts';
import { classifyFailure } from './failure.ts';
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
    const identified = append.events.map((event) => ({ ...event, eventId: randomUUID(), recordedAt }));
    const base = await this.#query<{ base: bigint | null }>(appendStatement(identified, append));
    const first = Number(base[0]?.base ?? 0) + 1;
    const recorded = identified.map((event, index) => ({ ...event, position: first + index }));
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

type IdentifiedEvent = Omit<RecordedEvent, 'position'>;

function appendStatement(events: IdentifiedEvent[], append: Append): Sql {
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
  const appended = events.length === 0 ? [readHead] : appendParts(events);
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

/**
 * Takes the positions, chains the events' hashes and inserts them. The head keeps the hash from before, since only it
 * is sure to be the row as it was locked.
 */
function appendParts(events: IdentifiedEvent[]): Sql[] {
  const text = (values: string[]) => sql`${values}::text[]`;
  const integer = (values: number[]) => sql`${values}::int[]`;
  const texts = events.map((event) => ({ ...event, ...jsonOf(event) }));
  const digests = sql`${texts.map(digestOf)}::bytea[]`;
  return [
    sql`head AS (UPDATE log_head SET position = position + ${events.length}, previous_hash = hash,
                        hash = (pocket_chain(hash, position, ${digests}))[${events.length}::int]
                  WHERE id = 1 RETURNING position - ${events.length} AS base, previous_hash, rebuilds)`,
    sql`chained AS MATERIALIZED (SELECT base, pocket_chain(previous_hash, base, ${digests}) AS hashes FROM head)`,
    sql`appended AS (
    INSERT INTO events (position, event_id, stream, version, type, schema_version, data, metadata, recorded_at, hash)
    SELECT base + e.ordinal, e.event_id::uuid, e.stream, e.version, e.type, e.schema_version, e.data::json,
           e.metadata::json, e.recorded_at::timestamptz, hashes[e.ordinal]
      FROM chained, unnest(${text(events.map((event) => event.eventId))}, ${text(events.map((event) => event.stream))},
             ${integer(events.map((event) => event.version))}, ${text(events.map((event) => event.type))},
             ${integer(events.map((event) => event.schemaVersion))}, ${text(texts.map(({ data }) => data))},
             ${text(texts.map(({ metadata }) => metadata))}, ${text(events.map((event) => event.recordedAt))})
           WITH ORDINALITY AS e(event_id, stream, version, type, schema_version, data, metadata, recorded_at, ordinal))`,
  ];
}

function jsonOf({ data, metadata }: IdentifiedEvent): { data: string; metadata: string } {
  return { data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}

function moveCheckpoint({ consumer, source, from, to }: CheckpointMove): Sql {
  return sql`UPDATE checkpoints SET position = ${to}
              WHERE consumer = ${consumer} AND source = ${source} AND position = ${from} RETURNING 1`;
}
