/**
 * `npm run migration -- <service> <name>`: writes the migration that leads from the service's existing ones to its
 * schema.prisma, as an ordinary Prisma folder. It applies nothing: the service does when it starts.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { withUrlsFromFiles } from '@pocket/service-kit';
import { readEnvironment, root, StackError, startInfrastructure } from '@pocket/stack';
import { migrationsFolder, missingSql, servicesWithSchema } from './schema-engine.ts';

/** 20261123120000 for 2026-11-23 12:00:00 UTC. */
const timestamp = (): string => new Date().toISOString().replace(/\D/g, '').slice(0, 14);

/** The given Postgres, else one of our own in a temporary folder; only a scratch database on it is touched. */
async function withPostgres<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const given = withUrlsFromFiles(readEnvironment(root))['DATABASE_URL'];
  if (given) return use(given);
  const dataDir = await mkdtemp(join(tmpdir(), 'pocket-migration-'));
  const infrastructure = await startInfrastructure({ dataDir, environment: {}, only: ['postgres'] });
  try {
    return await use(infrastructure.databaseUrl);
  } finally {
    await infrastructure.stop({ removeData: true });
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function write(service: string, name: string): Promise<void> {
  if (!/^[a-z0-9_]+$/.test(name)) throw new StackError(`"${name}" is no migration name: use a-z, 0-9 and _.`);
  const services = await servicesWithSchema();
  if (!services.includes(service)) {
    throw new StackError(`There is no service "${service}" with a database: there are ${services.join(', ')}.`);
  }
  const sql = await withPostgres((databaseUrl) => missingSql(service, databaseUrl));
  if (sql === '') console.log(`The migrations of ${service} lead to its schema.prisma: nothing to write.`);
  else await writeFolder(service, name, sql);
}

async function writeFolder(service: string, name: string, sql: string): Promise<void> {
  const folder = join(migrationsFolder(service), `${timestamp()}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'migration.sql'), sql);
  const lock = join(migrationsFolder(service), 'migration_lock.toml');
  if (!existsSync(lock)) await writeFile(lock, 'provider = "postgresql"\n');
  console.log(
    `Wrote ${relative(root, folder)}/migration.sql: read it, since it decides what happens to existing data.`,
  );
}

const command = new Command('npm run migration --')
  .description('Writes the migration that leads from the existing ones to schema.prisma.')
  .argument('<service>', 'the folder below services/')
  .argument('<name>', 'what it does, in lower case with _')
  .action(write);

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
