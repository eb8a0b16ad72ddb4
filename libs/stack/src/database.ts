/** Databases for tests and benches: a fresh, empty one on a running Postgres, thrown away afterwards. */
import { randomBytes } from 'node:crypto';
import type { ServerUrls } from './infrastructure.ts';
import { query } from './postgres.ts';

export type Database = {
  databaseUrl: string;
  /** Deletes the database, cutting off whoever is still connected. */
  drop(): Promise<void>;
};

/**
 * Creates a database beside the given one, whose user must be allowed to.
 * @param template a database to copy, to which nobody is connected; without one the new database is empty.
 */
export async function createDatabase(
  { databaseUrl }: Pick<ServerUrls, 'databaseUrl'>,
  { template }: { template?: string | undefined } = {},
): Promise<Database> {
  const name = `pocket_${randomBytes(8).toString('hex')}`;
  await query(databaseUrl, `CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return { databaseUrl: url.href, drop: () => query(databaseUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
