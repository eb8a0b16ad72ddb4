/** A bundle runs the same with and without what was compiled before, and never with what was compiled of another one. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCached } from '../src/code-cache.ts';

const told = globalThis as { told?: unknown };
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-code-'));
  file = join(folder, 'main.cjs');
  await writeFile(join(folder, 'other.cjs'), 'module.exports = 7;');
  await write('one');
});
afterEach(async () => {
  delete told.told;
  await rm(folder, { recursive: true });
});

/** All of the same length. */
const write = (word: string) =>
  writeFile(file, `"use strict";\nglobalThis.told = ["${word}", __filename, require("./other.cjs")];`);
const files = async (): Promise<string[]> => (await readdir(folder)).sort();
const caches = async (): Promise<string[]> => (await files()).filter((name) => name.endsWith('.cache'));

const sizeOf = async (name: string): Promise<number> => (await stat(join(folder, name))).size;

/** As it stands in the name of what is kept. */
const digest = async (word: string): Promise<string> => {
  await write(word);
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
};

/** Runs it until it has kept what was compiled, or has nothing to keep; returns which. */
async function run(): Promise<'kept' | 'nothing to keep'> {
  const listeners = process.listenerCount('exit');
  runCached(file, 0);
  if (process.listenerCount('exit') === listeners) return 'nothing to keep';
  await vi.waitFor(() => expect(process.listenerCount('exit')).toBe(listeners));
  return 'kept';
}

describe('a bundle', () => {
  it('runs from its place, keeps what was compiled, and runs with it the next time', async () => {
    expect(await run()).toBe('kept');
    expect(told.told).toEqual(['one', file, 7]);
    expect(await files()).toEqual(['main.cjs', expect.stringMatching(/^main\.cjs\.[0-9a-f]{16}\.cache$/), 'other.cjs']);
    delete told.told;
    expect(await run()).toBe('nothing to keep');
    expect(told.told).toEqual(['one', file, 7]);
  });

  it('of another content runs as that, with its own', async () => {
    await run();
    await write('two');
    expect(await run()).toBe('kept');
    expect(told.told).toEqual(['two', file, 7]);
    expect(await caches()).toHaveLength(2);
  });

  it('runs where what is there is of another Node, and replaces it', async () => {
    await run();
    const [name = ''] = await caches();
    await write('six');
    await writeFile(join(folder, name.replace(await digest('one'), await digest('six'))), 'of another Node');
    expect(await run()).toBe('kept');
    expect(told.told).toEqual(['six', file, 7]);
    expect((await Promise.all((await caches()).map(sizeOf))).every((bytes) => bytes > 100)).toBe(true);
  });

  it('runs where nothing can be kept, and leaves nothing half done', async () => {
    await run();
    const before = await files();
    const [kept = ''] = await caches();
    await rm(join(folder, kept));
    await mkdir(join(folder, kept, 'in the way'), { recursive: true });
    await run();
    expect(told.told).toEqual(['one', file, 7]);
    expect(await files()).toEqual(before);
  });
});
