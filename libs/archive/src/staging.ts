/**
 * The schemas that an import fills beside the live ones: made by the services' own migrations, and renamed all at once
 * when everything is in them. Until then the system is as it was, whatever happens to the import; what a killed one has
 * left is removed by the next.
 */
import type pg from 'pg';
import { applyMigrations, type StoredEvent } from '@pocket/eventstore';
import { identifier } from './connection.ts';
import { lockLog, requireEmpty } from './empty-system.ts';
import { KEY_TABLE, type ArchivedService } from './system.ts';

const LOCK_TIMEOUT_MS = 10_000;

export interface StoredKey {
  address: string;
  encryptedKey: Uint8Array;
}

export interface CheckpointRow {
  source: string;
  logId: string;
  position: number;
}

/** The name of the schema that is filled for this service. */
export const stagingOf = ({ schema }: ArchivedService): string => `pocket_import_${schema}`;

export async function createStaging(
  client: pg.Client,
  databaseUrl: string,
  services: readonly ArchivedService[],
): Promise<void> {
  await dropStaging(client, services);
  for (const service of services)
    await applyMigrations({ databaseUrl, schema: stagingOf(service), directory: service.migrations });
}

export async function dropStaging(client: pg.Client, services: readonly ArchivedService[]): Promise<void> {
  for (const service of services) await client.query(`DROP SCHEMA IF EXISTS ${identifier(stagingOf(service))} CASCADE`);
}

/** The log keeps its id, by which others know it, and goes on behind its last event. */
export async function writeHead(
  client: pg.Client,
  service: ArchivedService,
  { logId, position, hash }: { logId: string; position: number; hash: Buffer },
): Promise<void> {
  await client.query(`UPDATE ${table(service, 'log_head')} SET log_id = $1, position = $2, hash = $3 WHERE id = 1`, [
    logId,
    position,
    hash,
  ]);
}

export async function writeCheckpoints(
  client: pg.Client,
  service: ArchivedService,
  checkpoints: readonly CheckpointRow[],
): Promise<void> {
  for (const { source, logId, position } of checkpoints)
    await client.query(
      `INSERT INTO ${table(service, 'checkpoints')} (consumer, source, log_id, position) VALUES ($1, $2, $3, $4)`,
      [service.name, source, logId, position],
    );
}

/** Events with their JSON as the very text of the export. */
export async function writeEvents(
  client: pg.Client,
  service: ArchivedService,
  events: readonly StoredEvent[],
): Promise<void> {
  const column = <T>(value: (event: StoredEvent) => T): T[] => events.map(value);
  await client.query(
    `INSERT INTO ${table(service, 'events')}
            (position, event_id, stream, version, type, schema_version, data, metadata, recorded_at, hash)
     SELECT position, event_id, stream, version, type, schema_version, data::json, metadata::json, recorded_at, hash
       FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::int[], $7::text[], $8::text[],
                   $9::timestamptz[], $10::bytea[])
            AS e(position, event_id, stream, version, type, schema_version, data, metadata, recorded_at, hash)`,
    [
      column(({ position }) => position),
      column(({ eventId }) => eventId),
      column(({ stream }) => stream),
      column(({ version }) => version),
      column(({ type }) => type),
      column(({ schemaVersion }) => schemaVersion),
      column(({ data }) => data),
      column(({ metadata }) => metadata),
      column(({ recordedAt }) => recordedAt),
      column(({ hash }) => hash),
    ],
  );
}

export async function writeKeys(client: pg.Client, wallet: ArchivedService, keys: readonly StoredKey[]): Promise<void> {
  await client.query(
    `INSERT INTO ${table(wallet, KEY_TABLE.table)} (address, encrypted_key)
     SELECT * FROM unnest($1::text[], $2::bytea[])`,
    [keys.map(({ address }) => address), keys.map(({ encryptedKey }) => encryptedKey)],
  );
}

/** All schemas take their places in one commit, or none where a chain has come there meanwhile. */
export async function takePlace(client: pg.Client, services: readonly ArchivedService[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('SET LOCAL synchronous_commit = on');
    for (const service of services) await lockLog(client, service);
    await requireEmpty(client, services);
    for (const service of services) {
      const live = identifier(service.schema);
      await client.query(`DROP SCHEMA IF EXISTS ${live} CASCADE`);
      await client.query(`ALTER SCHEMA ${identifier(stagingOf(service))} RENAME TO ${live}`);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function table(service: ArchivedService, name: string): string {
  return `${identifier(stagingOf(service))}.${identifier(name)}`;
}
