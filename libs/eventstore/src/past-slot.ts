/**
 * A service's tables at some moment of the past, on one connection of their own, with a client of the service's kind on
 * it. A slot goes forward as it is asked, and begins again from nothing to go back. It knows nothing of other slots.
 */
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Fold, FoldPositions } from './fold.ts';
import { FoldedTables, openTemporaryTables, type ReadLog } from './folded-tables.ts';
import { withDirectStatements, type SqlDriverAdapterFactory, type TransactionalClient } from './raw-statements.ts';

export interface PastClient extends TransactionalClient {
  $disconnect(): Promise<void>;
}

export interface PastSlotOptions<Client extends PastClient> {
  fold: Fold;
  databaseUrl: string;
  /** Where the live tables are, after whose pattern these are made. */
  schema: string;
  logs: Readonly<Record<string, ReadLog>>;
  /** Opens a client of the service's own kind. */
  open: (adapter: SqlDriverAdapterFactory) => Client;
}

interface Opened<Client> {
  pool: pg.Pool;
  client: Client;
  tables: FoldedTables;
}

/** Whether tables that stand at `from` can be folded on up to `to`. */
export function leadsTo(from: FoldPositions, to: FoldPositions): boolean {
  return Object.entries(from).every(([source, position]) => position <= (to[source] ?? 0));
}

export class PastSlot<Client extends PastClient> {
  busy = false;
  /** The number of the request that it served last. */
  lastUse = 0;
  readonly #options: PastSlotOptions<Client>;
  #opened: Opened<Client> | undefined;
  #lost = false;

  constructor(options: PastSlotOptions<Client>) {
    this.#options = options;
  }

  get positions(): FoldPositions {
    return this.#opened?.tables.positions ?? {};
  }

  /** Whether the connection has ended, and the tables with it. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Brings the tables to where the logs stood and asks them. After a throw the slot is good for nothing more. */
  async read<T>(to: FoldPositions, query: (client: Client) => Promise<T>): Promise<T> {
    const opened = (this.#opened ??= await this.#open());
    if (!leadsTo(this.positions, to)) await this.#empty(opened);
    await opened.tables.advance(to);
    return query(opened.client);
  }

  async close(): Promise<void> {
    await this.#opened?.client.$disconnect();
    await this.#opened?.pool.end();
  }

  async #open(): Promise<Opened<Client>> {
    const { fold, databaseUrl, schema, open } = this.#options;
    const pool = await openTemporaryTables(databaseUrl, schema, fold);
    // The pool would go on with a new connection, where there are no such tables.
    pool.on('remove', () => (this.#lost = true));
    // Typed calls name the tables' schema, raw ones find them by the connection's search path.
    const client = withDirectStatements(new PrismaPg(pool, { schema: 'pg_temp' }), open);
    return { pool, client, tables: this.#newTables(pool) };
  }

  async #empty(opened: Opened<Client>): Promise<void> {
    const names = this.#options.fold.tables.map(({ name }) => pg.escapeIdentifier(name));
    await opened.pool.query(`TRUNCATE ${names.join(', ')}`);
    opened.tables = this.#newTables(opened.pool);
  }

  #newTables(pool: pg.Pool): FoldedTables {
    const { fold, logs } = this.#options;
    return new FoldedTables({ fold, pool, logs });
  }
}
