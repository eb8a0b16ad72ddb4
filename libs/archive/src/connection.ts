/** One connection to the database of a system, on which whole programs run, and what its failures mean to a person. */
import pg from 'pg';
import { ArchiveError } from './archive-error.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** undefined_table, undefined_column, undefined_function. */
const OTHER_TABLES = new Set(['42P01', '42703', '42883']);

/** Connects, lets `use` work and ends the connection, which gives back all it has locked. */
export async function withConnection<T>(databaseUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that breaks also fails the query under way, which says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    throw new ArchiveError(`Postgres cannot be reached (${textOf(cause)}): start it, or correct DATABASE_URL.`, {
      cause,
    });
  }
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What Postgres has refused, as a sentence; other errors as they are. */
export function explained(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  if (OTHER_TABLES.has(error.code ?? ''))
    return new ArchiveError(
      `The tables of this database are of another version (${error.message}): start the system with this version once, then try again.`,
      { cause: error },
    );
  return new ArchiveError(`Postgres refused: ${error.message}.`, { cause: error });
}

export function identifier(name: string): string {
  return pg.escapeIdentifier(name);
}

export function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return textOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
