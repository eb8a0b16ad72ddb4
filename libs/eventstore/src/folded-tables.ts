/**
 * A service's tables made again from the logs, beside the live ones: on one connection of their own, as temporary tables
 * that go with it, or in a schema where others find them. They start empty and move forward only.
 */
import pg from 'pg';
import { withHead, type Fold, type Folding, type FoldPositions } from './fold.ts';
import type { RecordedEvent } from './event.ts';
import { hashesOf } from './state-hash.ts';
import type { Sql } from './sql.ts';

/** Reads a log behind `after`, at most `limit` events; fewer only where there are no more. */
export type ReadLog = (after: number, limit: number) => Promise<RecordedEvent[]>;

export interface FoldedTablesOptions {
  fold: Fold;
  /** A pool of one connection whose search path leads to the tables and nowhere else. */
  pool: pg.Pool;
  logs: Readonly<Record<string, ReadLog>>;
}

export interface FoldStep {
  source: string;
  /** Up to where it is folded now. */
  position: number;
}

const FIRST_PAGE_EVENTS = 100;
const MAX_PAGE_EVENTS = 500;
/** So much JSON a page may hold; one is read, one understood and one written at the same time. */
const PAGE_BYTES = 16 * 1024 * 1024;
/** A server that takes longer to accept a connection, or to answer a statement, hangs. */
const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 120_000;

export class FoldedTables {
  readonly #options: FoldedTablesOptions;
  #folding: Folding | undefined;
  #positions: Record<string, number>;

  /** The tables must be empty. */
  constructor(options: FoldedTablesOptions) {
    this.#options = options;
    this.#positions = Object.fromEntries(this.sources.map((source) => [source, 0]));
  }

  /** How far each log was folded. */
  get positions(): FoldPositions {
    return { ...this.#positions };
  }

  /** The own log first: whose rows they are is told by it, what others say of them by the others. */
  get sources(): string[] {
    const { log, follows } = this.#options.fold;
    return [log, ...follows];
  }

  /**
   * Folds each log up to its position in `to`, and tells after every page.
   * @throws RangeError when a log does not reach so far, and what the fold throws; the tables then stand between two pages.
   */
  async advance(to: FoldPositions, onStep: (step: FoldStep) => void = () => undefined): Promise<void> {
    for (const source of this.sources) await this.#advanceSource(source, to[source] ?? 0, onStep);
  }

  /** The hash of each table. */
  async hashes(): Promise<Record<string, string>> {
    const { rows } = await this.#options.pool.query<Record<string, string>>(queryOf(hashesOf(this.#options.fold)));
    return rows[0] ?? {};
  }

  async read<Row>(query: Sql): Promise<Row[]> {
    return (await this.#options.pool.query(queryOf(query))).rows as Row[];
  }

  async #advanceSource(source: string, to: number, onStep: (step: FoldStep) => void): Promise<void> {
    const readLog = this.#options.logs[source];
    if (readLog === undefined) throw new RangeError(`there is no log of ${source} to fold`);
    const page = (after: number, limit: number): Promise<RecordedEvent[]> =>
      readLog(after, Math.min(limit, to - after));
    let base = this.#at(source);
    let next = base < to ? page(base, FIRST_PAGE_EVENTS) : undefined;
    let writing = Promise.resolve();
    try {
      while (next !== undefined) {
        const events = await next;
        const { position } = lastOf(events, source, base, to);
        // The next page is read and this one understood while the one before is written.
        next = position < to ? page(position, pageLimit(events)) : undefined;
        next?.catch(() => undefined);
        const statements = await this.#understand(source, events);
        await writing;
        writing = this.#write(source, statements, base, position).then(() => onStep({ source, position }));
        writing.catch(() => undefined);
        base = position;
      }
      await writing;
    } catch (error) {
      await writing.catch(() => undefined);
      // It may have understood more than was written.
      this.#folding = undefined;
      throw error;
    }
  }

  async #understand(source: string, events: RecordedEvent[]): Promise<Sql[]> {
    this.#folding ??= await this.#options.fold.begin((query) => this.read(query));
    return this.#folding.statements(source, events);
  }

  async #write(source: string, statements: Sql[], base: number, position: number): Promise<void> {
    const connection = await this.#options.pool.connect();
    try {
      await connection.query('BEGIN');
      for (const statement of statements) await connection.query(queryOf(withHead(statement, base)));
      await connection.query('COMMIT');
    } catch (error) {
      await connection.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      connection.release();
    }
    this.#positions[source] = position;
  }

  #at(source: string): number {
    return this.#positions[source] ?? 0;
  }
}

/** @throws RangeError where the events are not those directly behind `base`. */
function lastOf(events: RecordedEvent[], source: string, base: number, to: number): RecordedEvent {
  const last = events.at(-1);
  if (last === undefined) throw new RangeError(`the log of ${source} ends at ${base}, before ${to}`);
  if (events.some(({ position }, index) => position !== base + 1 + index))
    throw new RangeError(`the log of ${source} has a hole behind ${base}`);
  return last;
}

function pageLimit(events: RecordedEvent[]): number {
  const bytes = events.reduce((total, { data }) => total + sizeOf(data), 0);
  return Math.max(1, Math.min(MAX_PAGE_EVENTS, Math.floor((PAGE_BYTES * events.length) / Math.max(bytes, 1))));
}

/** Roughly: what is long in an event is a text on its first level, a block or a transaction. */
function sizeOf(data: unknown): number {
  const values = Object.values(data as Record<string, unknown>);
  return values.reduce<number>((total, value) => total + (typeof value === 'string' ? value.length : 50), 100);
}

function queryOf({ text, values }: Sql): { text: string; values: unknown[] } {
  return { text, values: [...values] };
}

/** A pool of one connection, on which the fold's tables are there as empty temporary ones, like those of `schema`. */
export async function openTemporaryTables(databaseUrl: string, schema: string, { tables }: Fold): Promise<pg.Pool> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 1,
    // The tables live as long as the connection.
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    options: '-c search_path=pg_temp -c TimeZone=UTC',
  });
  pool.on('error', () => undefined);
  try {
    for (const { name } of tables) {
      const table = pg.escapeIdentifier(name);
      await pool.query(`CREATE TEMP TABLE ${table} (LIKE ${pg.escapeIdentifier(schema)}.${table} INCLUDING ALL)`);
    }
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  }
}
