/*
 * A log in a schema of its own. Any service's log is every service's log, and so is its client where what is asked for is
 * SQL: the schema is the connection's.
 */
import {
  applyMigrations,
  EventLog,
  postgresAdapter,
  withDirectStatements,
  type SqlClient,
  type SqlDriverAdapterFactory,
} from '@pocket/eventstore';
import { PrismaClient } from '../../services/miner/src/generated/client.ts';

export interface OwnLog {
  readonly client: SqlClient;
  readonly log: EventLog;
  close: () => Promise<void>;
}

/** @param service whose tables the schema gets. */
export async function openOwnLog(databaseUrl: string, schema: string, service = 'miner'): Promise<OwnLog> {
  await migrateOwn(databaseUrl, schema, service);
  const client = withDirectStatements(postgresAdapter(databaseUrl, schema), clientOn);
  return { client, log: new EventLog(client), close: () => client.$disconnect() };
}

/** Prisma's client as services make it. */
export function clientOn(adapter: SqlDriverAdapterFactory): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter });
}

/** Makes the schema, empty. */
export async function migrateOwn(databaseUrl: string, schema: string, service = 'miner'): Promise<void> {
  const directory = new URL(`../../services/${service}/prisma/migrations`, import.meta.url);
  await applyMigrations({ databaseUrl, schema, directory });
}
