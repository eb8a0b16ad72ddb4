/**
 * What leads from a service's migrations to its schema.prisma, by Prisma's own engine compiled to WebAssembly:
 * the usual engine is a download. It needs a Postgres on which it may create and drop a scratch database.
 */
import { readFile, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { applyMigrations } from '@pocket/eventstore';
import { createDatabase, StackError } from '@pocket/stack';
import { SchemaEngine, type DiffTarget, type SchemasContainer } from '@prisma/schema-engine-wasm/schema_engine_bg';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const services = fileURLToPath(new URL('../services', import.meta.url));
/** Object ids of the types "char" and text in pg_type. */
const charOid = 18;
const textOid = 25;
const noFilters = { externalTables: [], externalEnums: [] };

/** The folders of all services that have a schema. */
export async function servicesWithSchema(): Promise<string[]> {
  const names = await readdir(services);
  const contents = await Promise.all(names.map((name) => readdir(join(services, name))));
  return names.filter((_, index) => contents[index]?.includes('prisma')).sort();
}

/** The folder of a service's migrations. */
export const migrationsFolder = (service: string): string => join(services, service, 'prisma', 'migrations');

/**
 * The SQL that brings a database with all migrations of the service to its schema.prisma; empty when they agree.
 * `databaseUrl` is a Postgres whose user may create databases: a scratch one is created and dropped. The service's
 * own runner applies the migrations to it, since the engine's adapter splits scripts at every semicolon.
 * Throws MigrationError when one does not apply, StackError when the schema is not valid.
 */
export async function missingSql(service: string, databaseUrl: string): Promise<string> {
  const scratch = await createDatabase({ databaseUrl });
  try {
    await applyMigrations({ ...scratch, schema: 'public', directory: migrationsFolder(service) });
    return await compare(await schemaOf(service), scratch.databaseUrl);
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    throw new StackError(`The schema of ${service} cannot be compared: ${cause.message.trim()}`, { cause });
  } finally {
    await scratch.drop();
  }
}

async function compare(schema: SchemasContainer, databaseUrl: string): Promise<string> {
  const pool = openPool(databaseUrl);
  const engine = await createEngine(schema, pool);
  try {
    const from: DiffTarget = { tag: 'schemaDatasource', configDir: services, ...schema };
    const to: DiffTarget = { tag: 'schemaDatamodel', ...schema };
    const result = await engine.diff({ from, to, script: true, exitCode: true, filters: noFilters });
    return result.exitCode === 0 ? '' : (result.stdout ?? '');
  } finally {
    engine.free();
    await pool.end();
  }
}

/** The adapter knows no name for Postgres's internal one-byte type, which the engine asks for: it is handed over as text. */
function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const query = pool.query.bind(pool) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
  return Object.assign(pool, { query: async (config: pg.QueryConfig) => withCharAsText(await query(config)) });
}

function withCharAsText(result: pg.QueryResult): pg.QueryResult {
  for (const field of result.fields) if (field.dataTypeID === charOid) field.dataTypeID = textOid;
  return result;
}

async function createEngine({ files }: SchemasContainer, pool: pg.Pool): Promise<SchemaEngine> {
  await (engineLoaded ??= joinEngine());
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
  const datamodels = files.map(({ path, content }): [string, string] => [path, content]);
  return SchemaEngine.new({ datamodels }, () => undefined, adapter);
}

async function schemaOf(service: string): Promise<SchemasContainer> {
  const path = join(services, service, 'prisma', 'schema.prisma');
  return { files: [{ path, content: await readFile(path, 'utf8') }] };
}

type Exports = Readonly<Record<string, unknown>> & { __wbindgen_start: () => void };

/** The part of WebAssembly used here; TypeScript knows it only in its library for browsers. */
type Instantiate = (bytes: Uint8Array, imports: Record<string, object>) => Promise<{ instance: { exports: Exports } }>;

/** The bindings keep the module's memory in variables of their own: they are joined once in a process. */
let engineLoaded: Promise<void> | undefined;

/** The package is made for bundlers that load WebAssembly; in Node its bindings and its module are joined by hand. */
async function joinEngine(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'));
  const { instantiate } = (globalThis as unknown as { WebAssembly: { instantiate: Instantiate } }).WebAssembly;
  const { instance } = await instantiate(bytes, { './schema_engine_bg.js': bindings });
  (bindings as unknown as { __wbg_set_wasm: (exports: Exports) => void }).__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}
