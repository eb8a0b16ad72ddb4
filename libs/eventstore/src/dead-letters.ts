/**
 * Events that could not be applied. A subscription that meets one stops there, because everything behind it would be
 * applied to a wrong state; the letter says why, and a replay tries the event again.
 */
import { sql, type SqlClient } from './sql.ts';
import type { RecordedEvent } from './event.ts';

export interface DeadLetter {
  id: number;
  source: string;
  position: number;
  error: string;
  attempts: number;
  event: RecordedEvent;
  recordedAt: string;
}

interface DeadLetterRow extends Omit<DeadLetter, 'id' | 'position' | 'recordedAt'> {
  id: bigint;
  position: bigint;
  recordedAt: Date;
}

const LIST_LIMIT = 1_000;

export class DeadLetters {
  readonly #client: SqlClient;

  constructor(client: SqlClient) {
    this.#client = client;
  }

  async list(): Promise<DeadLetter[]> {
    const rows = await this.#client.$queryRaw<DeadLetterRow[]>(
      sql`SELECT id, source, position, error, attempts, event, recorded_at AS "recordedAt"
            FROM dead_letters ORDER BY id LIMIT ${LIST_LIMIT}`,
    );
    return rows.map((row) => ({
      ...row,
      id: Number(row.id),
      position: Number(row.position),
      recordedAt: row.recordedAt.toISOString(),
    }));
  }

  /** Records the failure of one event; a second failure of the same event updates its letter. */
  async add(source: string, event: RecordedEvent, error: unknown, attempts: number): Promise<void> {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await this.#client.$executeRaw(
      sql`INSERT INTO dead_letters (source, position, error, attempts, event, recorded_at)
          VALUES (${source}, ${event.position}, ${text}, ${attempts}, ${JSON.stringify(event)}::json, now())
          ON CONFLICT (source, position) DO UPDATE
             SET error = excluded.error, attempts = dead_letters.attempts + excluded.attempts, recorded_at = now()`,
    );
  }

  /** Removes the letters of events that have been applied after all. */
  async settle(source: string, upTo: number): Promise<void> {
    await this.#client.$executeRaw(sql`DELETE FROM dead_letters WHERE source = ${source} AND position <= ${upTo}`);
  }
}
