/**
 * Events that could not be applied. A subscription that meets one stops there, because everything behind it would be
 * applied to a wrong state; the letter says why, and a replay tries the event again. So there is one letter at most
 * for each source.
 */
import { classifyFailure } from './failure.ts';
import { sql, type Sql, type SqlClient } from './sql.ts';
import type { RecordedEvent } from './event.ts';

export interface DeadLetter {
  source: string;
  position: number;
  /** What the last attempt threw. */
  error: string;
  /** Over all replays and restarts. */
  attempts: number;
  event: RecordedEvent;
  /** ISO 8601, UTC. */
  recordedAt: string;
}

interface DeadLetterRow extends Omit<DeadLetter, 'position' | 'recordedAt'> {
  position: bigint;
  recordedAt: Date;
}

export class DeadLetters {
  readonly #client: SqlClient;

  constructor(client: SqlClient) {
    this.#client = client;
  }

  /** All of them, by source. */
  list(): Promise<DeadLetter[]> {
    return this.#read(sql`true`);
  }

  /** The one that keeps `source` from being followed. */
  async of(source: string): Promise<DeadLetter | undefined> {
    return (await this.#read(sql`source = ${source}`))[0];
  }

  /** Records the failure of one event; a further failure of the same event updates its letter. */
  async add(source: string, event: RecordedEvent, error: unknown, attempts: number): Promise<void> {
    await this.#query(
      sql`INSERT INTO dead_letters (source, position, error, attempts, event, recorded_at)
          VALUES (${source}, ${event.position}, ${causeOf(error)}, ${attempts}, ${JSON.stringify(event)}::json, now())
          ON CONFLICT (source, position) DO UPDATE
             SET error = excluded.error, attempts = dead_letters.attempts + excluded.attempts, event = excluded.event,
                 recorded_at = now()`,
    );
  }

  /** Removes the letters of events that have been applied after all. Returns whether one is left. */
  async settle(source: string, upTo: number): Promise<boolean> {
    const left = await this.#query<unknown>(
      sql`WITH settled AS (DELETE FROM dead_letters WHERE source = ${source} AND position <= ${upTo})
          SELECT position FROM dead_letters WHERE source = ${source} AND position > ${upTo} LIMIT 1`,
    );
    return left.length > 0;
  }

  async #read(condition: Sql): Promise<DeadLetter[]> {
    const rows = await this.#query<DeadLetterRow>(
      sql`SELECT source, position, error, attempts, event, recorded_at AS "recordedAt"
            FROM dead_letters WHERE ${condition} ORDER BY source, position`,
    );
    return rows.map((row) => ({ ...row, position: Number(row.position), recordedAt: row.recordedAt.toISOString() }));
  }

  async #query<T>(query: Sql): Promise<T[]> {
    return this.#client.$queryRaw<T[]>(query).catch((error: unknown) => {
      throw classifyFailure(error);
    });
  }
}

/** The error as a letter keeps it: its name and what it says. */
export function causeOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** What readiness says of an event that could not be applied. */
export function describeObstacle(letter: Pick<DeadLetter, 'source' | 'position' | 'error'>): string {
  return `event ${letter.position} of ${letter.source} could not be applied (${letter.error}); see /v1/dead-letters`;
}
