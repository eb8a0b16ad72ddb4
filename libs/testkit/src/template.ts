/** A database with all services' schemas as they are on the first day, for test files to begin with a copy of. */
import { join } from 'node:path';
import { eventSources } from '@pocket/contracts';
import { applyMigrations } from '@pocket/eventstore';
import { schemaOf } from '@pocket/service-kit';
import { createDatabase, root, type Database } from '@pocket/stack';

export interface Template extends Database {
  /** What to copy. */
  name: string;
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
