/**
 * Writes the Prisma client of every service that has a schema, into `services/<name>/src/generated`.
 * Prisma 7 wants to download an engine here that generating does not use: pointing it at a program that fails
 * keeps it offline. The variable is set for these children only, because `prisma migrate` does need the engine.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
const failingProgram = ['/bin/false', '/usr/bin/false'].find((path) => existsSync(path)) ?? 'false';

async function generate(schema: string): Promise<void> {
  await rm(join(dirname(schema), '../src/generated'), { recursive: true, force: true });
  await promisify(execFile)(process.execPath, [prisma, 'generate', '--schema', schema, '--no-hints'], {
    cwd: root,
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: failingProgram, CHECKPOINT_DISABLE: '1' },
  });
}

/** Each worker takes the next schema: as many children at once as the machine has cores. */
async function generateAll(schemas: string[]): Promise<void> {
  const remaining = [...schemas];
  const work = async (): Promise<void> => {
    for (let schema = remaining.pop(); schema; schema = remaining.pop()) await generate(schema);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

const services = (await readdir(join(root, 'services'))).sort();
const schemas = services.map((name) => join(root, 'services', name, 'prisma/schema.prisma'));
try {
  await generateAll(schemas.filter((path) => existsSync(path)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
