/**
 * Applies ordinary Prisma migration folders to a service's own Postgres schema when the service starts.
 * It keeps Prisma's own `_prisma_migrations` table, so `npx prisma migrate deploy` and this runner may alternate;
 * it exists because that command downloads an engine. It writes no migration: `npm run migration` does.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Prisma's own advisory lock key: held shared here, so that `prisma migrate` and a starting service exclude each other. */
const prismaLockKey = 72707369;
/** How long a replica waits for another one that is migrating the same schema. */
const lockTimeoutMs = 60_000;
const connectTimeoutMs = 10_000;

/** What to migrate: `directory` holds `<timestamp>_<name>/migration.sql` folders; `schema` is the Postgres schema. */
export type MigrationTarget = { databaseUrl: string; schema: string; directory: string | URL };

/** The schema and the code do not fit together, or a migration failed; the message says which one and what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

type Migration = { name: string; sql: string; checksum: string };
type AppliedMigration = { name: string; checksum: string; finished: boolean };

/**
 * Brings the schema up to the newest migration folder and returns the names applied now, oldest first.
 * Replicas may call it at once: a session advisory lock lets one work and the others find nothing to do.
 * Each migration runs in a transaction of its own together with its row in `_prisma_migrations`.
 * Throws {@link MigrationError} when an applied migration's file was changed or is missing, or when the schema
 * is newer than the code; connection errors of `pg` pass through.
 */
export async function applyMigrations(target: MigrationTarget): Promise<string[]> {
  const migrations = await readMigrations(target.directory);
  const client = new pg.Client({
    connectionString: target.databaseUrl,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: `${target.schema}-migrations`,
  });
  await client.connect();
  try {
    await prepareSchema(client, target.schema);
    const pending = selectPending(target.schema, migrations, await readApplied(client));
    for (const migration of pending) await applyOne(client, target.schema, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readMigrations(directory: string | URL): Promise<Migration[]> {
  const root = typeof directory === 'string' ? directory : fileURLToPath(directory);
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(root, name)));
}

async function readMigration(root: string, name: string): Promise<Migration> {
  const sql = await readFile(join(root, name, 'migration.sql'), 'utf8');
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
}

/** The locks belong to the session: Postgres gives them back when the client ends, however it ends. */
async function prepareSchema(client: pg.Client, schema: string): Promise<void> {
  const quoted = pg.escapeIdentifier(schema);
  await client.query(`SET lock_timeout = ${lockTimeoutMs}`);
  await client.query('SELECT pg_advisory_lock_shared($1::bigint)', [prismaLockKey]);
  await client.query('SELECT pg_advisory_lock($1::int, hashtext($2))', [prismaLockKey, schema]);
  await client.query(`
    SET client_min_messages = warning;
    CREATE SCHEMA IF NOT EXISTS ${quoted};
    SET search_path TO ${quoted};
    CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id                  VARCHAR(36) PRIMARY KEY NOT NULL,
      checksum            VARCHAR(64) NOT NULL,
      finished_at         TIMESTAMPTZ,
      migration_name      VARCHAR(255) NOT NULL,
      logs                TEXT,
      rolled_back_at      TIMESTAMPTZ,
      started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
      applied_steps_count INTEGER NOT NULL DEFAULT 0
    )`);
}

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(`
    SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
    FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name`);
  return rows;
}

function selectPending(schema: string, migrations: Migration[], applied: AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newest = migrations[migrations.length - 1]?.name ?? '';
  for (const row of applied) checkApplied(schema, row, known.get(row.name), newest);
  const done = new Set(applied.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}

function checkApplied(schema: string, row: AppliedMigration, file: Migration | undefined, newest: string): void {
  if (!file)
    throw new MigrationError(row.name > newest ? newerSchema(schema, row.name) : missingFile(schema, row.name));
  if (!row.finished) {
    throw new MigrationError(
      `Migration ${row.name} of schema ${schema} was begun by Prisma and failed: mark it with "npx prisma migrate resolve", then start again.`,
    );
  }
  if (row.checksum !== file.checksum) {
    throw new MigrationError(
      `Migration ${row.name} of schema ${schema} was changed after it had been applied: restore its migration.sql and write the change as a new migration.`,
    );
  }
}

const newerSchema = (schema: string, name: string): string =>
  `Schema ${schema} holds migration ${name}, which is newer than this version of the code: start the newer version, or use an empty database.`;

const missingFile = (schema: string, name: string): string =>
  `Migration ${name} was applied to schema ${schema} but its folder is missing: restore it from version control.`;

/** One simple-protocol query runs all statements of the file; the row commits with them, so nothing is half done. */
async function applyOne(client: pg.Client, schema: string, migration: Migration): Promise<void> {
  const startedAt = new Date();
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO ${pg.escapeIdentifier(schema)}._prisma_migrations
         (id, checksum, started_at, finished_at, migration_name, logs, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), $4, NULL, 1)`,
      [randomUUID(), migration.checksum, startedAt, migration.name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`Migration ${migration.name} of schema ${schema} failed: ${reason}`, { cause });
  }
}
