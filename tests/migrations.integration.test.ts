/** Migrations on a real Postgres: applied once whoever starts, refused when history was changed, true to schema.prisma. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from '@pocket/eventstore';
import { createDatabase, type Database } from '@pocket/stack';
import { missingSql, servicesWithSchema } from '../scripts/schema-engine.ts';

const names = ['20260101000000_first', '20260102000000_second'] as const;
const sql = {
  [names[0]]: 'CREATE TABLE "things" (id integer PRIMARY KEY); INSERT INTO "things" VALUES (1);',
  [names[1]]: 'ALTER TABLE "things" ADD COLUMN "name" text;',
};

let folder: string;
let directory: string;
let database: Database;
let databaseUrl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-migrations-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  directory = await mkdtemp(join(folder, 'migrations-'));
  database = await createDatabase(inject('servers'));
  ({ databaseUrl } = database);
  for (const name of names) await write(name, sql[name]);
});
afterEach(() => database.drop());

async function write(name: string, content: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), content);
}

const apply = (schema = 'wallet'): Promise<string[]> => applyMigrations({ databaseUrl, schema, directory });

async function rows(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('applyMigrations', () => {
  it('applies all in order, then nothing, then what is new', async () => {
    expect(await apply()).toEqual(names);
    expect(await apply()).toEqual([]);
    await write('20260103000000_third', 'DROP TABLE "things";');
    expect(await apply()).toEqual(['20260103000000_third']);
  });

  it('keeps the table as Prisma does', async () => {
    await apply();
    const [row] = await rows('SELECT * FROM wallet._prisma_migrations ORDER BY started_at');
    expect(row).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      // sha256sum of the first migration.sql
      checksum: '1952343f3b863b3eb2d913c87e974a118d14305c0e7053faf9f5ea9d663a4cca',
      migration_name: '20260101000000_first',
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
    });
  });

  it('lets replicas of several services start together', async () => {
    const starts = [apply(), apply(), apply(), apply(), apply('miner'), apply('miner')];
    const applied = await Promise.all(starts);
    expect(applied.slice(0, 4).flat()).toEqual(names);
    expect(applied.slice(4).flat()).toEqual(names);
    expect(await rows('SELECT count(*)::int FROM wallet.things')).toEqual([{ count: 1 }]);
  });

  it('leaves nothing of a migration that fails', async () => {
    await write('20260103000000_third', 'CREATE TABLE "half" (id integer); SELECT nothing FROM nowhere;');
    await expect(apply()).rejects.toThrow('Migration 20260103000000_third of schema wallet failed');
    expect(await rows("SELECT to_regclass('wallet.half') AS half")).toEqual([{ half: null }]);
    await write('20260103000000_third', 'CREATE TABLE "whole" (id integer);');
    expect(await apply()).toEqual(['20260103000000_third']);
  });

  it('refuses when an applied file was changed', async () => {
    await apply();
    await write(names[0], `${sql[names[0]]} `);
    await expect(apply()).rejects.toThrow(
      `Migration ${names[0]} of schema wallet was changed after it had been applied`,
    );
  });

  it('refuses when an applied one is missing', async () => {
    await apply();
    await rm(join(directory, names[0]), { recursive: true });
    await expect(apply()).rejects.toThrow(
      `Migration ${names[0]} was applied to schema wallet but its folder is missing`,
    );
  });

  it('refuses a schema that is newer than the code', async () => {
    await apply();
    await rm(join(directory, names[1]), { recursive: true });
    await expect(apply()).rejects.toThrow(`which is newer than this version of the code`);
  });
});

describe('the migrations of every service', () => {
  it('lead to its schema.prisma', async () => {
    const services = await servicesWithSchema();
    expect(services).toEqual(['chainstate', 'miner', 'tx-pool', 'wallet']);
    for (const service of services) expect(await missingSql(service, databaseUrl), service).toBe('');
  });
});
