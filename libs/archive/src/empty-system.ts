/**
 * Whether a database may take an import: no chain, no services that run, nothing of other people's in the services'
 * schemas. It is asked before anything is written, and again under locks before the import takes its place.
 */
import type pg from 'pg';
import { readStoredHead, SOMEBODY_LEADS } from '@pocket/eventstore';
import { ArchiveError } from './archive-error.ts';
import { identifier } from './connection.ts';
import type { ArchivedService } from './system.ts';

/** @throws ArchiveError naming what is there. */
export async function requireEmpty(client: pg.Client, services: readonly ArchivedService[]): Promise<void> {
  for (const service of services) await requireEmptyLog(client, service);
  const { rows } = await client.query<{ led: boolean }>(SOMEBODY_LEADS);
  if (rows[0]?.led === true)
    throw new ArchiveError('Services run on this database: stop them first, then import, then start them again.');
}

async function requireEmptyLog(client: pg.Client, { name, schema }: ArchivedService): Promise<void> {
  const head = await readStoredHead(client, schema);
  if (head !== undefined && head.position > 0)
    throw new ArchiveError(
      `There is a chain already: the log of ${name} has ${head.position} events. An export goes into an empty system only: give another folder with POCKET_DATA_DIR, or another database with DATABASE_URL.`,
    );
  const strange = head === undefined ? await strangeTable(client, schema) : undefined;
  if (strange !== undefined)
    throw new ArchiveError(
      `The schema ${schema} is not of this system: it has the table ${strange}. Give another database with DATABASE_URL.`,
    );
}

/** A table in a schema without a log; a service that was interrupted at its very first start has left just one. */
async function strangeTable(client: pg.Client, schema: string): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> '_prisma_migrations' LIMIT 1`,
    [schema],
  );
  return rows[0]?.name;
}

/** Keeps every writer of this service out until the transaction ends; there may be no such schema yet. */
export async function lockLog(client: pg.Client, { schema }: ArchivedService): Promise<void> {
  if ((await readStoredHead(client, schema)) === undefined) return;
  await client.query(`LOCK TABLE ${identifier(schema)}.log_head IN ACCESS EXCLUSIVE MODE`);
}
