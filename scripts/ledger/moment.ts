/**
 * The system at one moment: a read-only transaction that sees all services' tables as they were when it began, however
 * long somebody looks and whatever is written meanwhile.
 */
import type pg from 'pg';
import {
  hashOfTable,
  positionsOf,
  readStoredHead,
  type FoldedTable,
  type FoldPositions,
  type Sql,
  type StoredHead,
} from '@pocket/eventstore';
import type { LedgerService } from './services.ts';

export interface Checkpoint {
  consumer: string;
  source: string;
  logId: string;
  position: number;
}

export class Moment {
  readonly #client: pg.PoolClient;

  private constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  static async begin(pool: pg.Pool): Promise<Moment> {
    const client = await pool.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return new Moment(client);
  }

  async end(): Promise<void> {
    await this.#client.query('ROLLBACK').catch(() => undefined);
    this.#client.release();
  }

  /** undefined where the service has never run on this database. */
  head({ schema }: LedgerService): Promise<StoredHead | undefined> {
    return readStoredHead(this.#client, schema);
  }

  /** How far each log was folded into the service's tables. */
  async positions({ schema, fold }: LedgerService): Promise<FoldPositions> {
    const [row] = await this.#read<{ positions: FoldPositions }>(schema, positionsOf(fold), 'positions');
    return row?.positions ?? {};
  }

  /** The hash of a table as it is; hex. */
  async hashOf({ schema }: LedgerService, table: FoldedTable): Promise<string> {
    const [row] = await this.#read<{ hash: string }>(schema, hashOfTable(table), 'hash');
    return row?.hash ?? '';
  }

  async checkpoints({ schema }: LedgerService): Promise<Checkpoint[]> {
    const { rows } = await this.#client.query<Omit<Checkpoint, 'position'> & { position: string }>(
      `SELECT consumer, source, log_id::text AS "logId", position FROM "${schema}".checkpoints ORDER BY consumer, source`,
    );
    return rows.map((row) => ({ ...row, position: Number(row.position) }));
  }

  /** The rows of a query whose tables are the service's. */
  async rows<Row>(schema: string, text: string): Promise<Row[]> {
    await this.#client.query(`SET LOCAL search_path TO "${schema}"`);
    return (await this.#client.query(text)).rows as Row[];
  }

  async #read<Row>(schema: string, scalar: Sql, name: string): Promise<Row[]> {
    await this.#client.query(`SET LOCAL search_path TO "${schema}"`);
    const { rows } = await this.#client.query({
      text: `SELECT ${scalar.text} AS "${name}"`,
      values: [...scalar.values],
    });
    return rows as Row[];
  }
}
