/** A database with all services' schemas as they are on the first day, for test files to begin with a copy of. */
import { join } from 'node:path';
import pg from 'pg';
import { eventSources } from '@pocket/contracts';
import { applyMigrations } from '@pocket/eventstore';
import { schemaOf } from '@pocket/service-kit';
import { createDatabase, root, type Database } from '@pocket/stack';

export interface Template extends Database {
  /** What to copy. */
  name: string;
}

/**
 * A copy of it for one test file. Every log gets an id of its own, as it has where its migrations are applied, and with it
 * the hash that its first event will build on: what is kept elsewhere of logs goes by their ids.
 */
export async function copyTemplate(databaseUrl: string, template: string): Promise<Database> {
  const copy = await createDatabase({ databaseUrl }, { template });
  const client = new pg.Client({ connectionString: copy.databaseUrl });
  // A connection that breaks also fails the query under way, which says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const service of eventSources)
      await client.query(`
        UPDATE ${schemaOf(service)}.log_head
        SET (log_id, hash) = (SELECT id, sha256(convert_to(id::text, 'UTF8')) FROM gen_random_uuid() AS id)`);
  } finally {
    await client.end();
  }
  return copy;
}

/** Nobody is connected to it any more when it is returned. */
export async function createTemplate(databaseUrl: string): Promise<Template> {
  const database = await createDatabase({ databaseUrl });
  for (const service of eventSources)
    await applyMigrations({
      databaseUrl: database.databaseUrl,
      schema: schemaOf(service),
      directory: join(root, 'services', service, 'prisma/migrations'),
    });
  return { ...database, name: new URL(database.databaseUrl).pathname.slice(1) };
}
