/** A bundle runs the same with and without what was compiled before, and never with what was compiled of another one. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

/** Runs it until it has kept what was compiled, or has nothing to keep; returns which. */
async function run(digest: string): Promise<'kept' | 'nothing to keep'> {
  const listeners = process.listenerCount('exit');
  runCached(file, digest, 0);
  if (process.listenerCount('exit') === listeners) return 'nothing to keep';
  await vi.waitFor(() => expect(process.listenerCount('exit')).toBe(listeners));
  return 'kept';
}

describe('a bundle', () => {
  it('runs from its place, keeps what was compiled, and runs with it the next time', async () => {
    expect(await run('a')).toBe('kept');
    expect(told.told).toEqual(['one', file, 7]);
    expect(await files()).toEqual(['main.cjs', 'main.cjs.a.cache', 'other.cjs']);
    delete told.told;
    expect(await run('a')).toBe('nothing to keep');
    expect(told.told).toEqual(['one', file, 7]);
  });

  it('of another content runs as that, with its own', async () => {
    await run('a');
    await write('two');
    expect(await run('b')).toBe('kept');
    expect(told.told).toEqual(['two', file, 7]);
    expect(await files()).toEqual(['main.cjs', 'main.cjs.a.cache', 'main.cjs.b.cache', 'other.cjs']);
  });

  it('runs where what is there is of another Node, and replaces it', async () => {
    await writeFile(`${file}.a.cache`, 'of another Node');
    expect(await run('a')).toBe('kept');
    expect(told.told).toEqual(['one', file, 7]);
    expect((await readFile(`${file}.a.cache`)).length).toBeGreaterThan(100);
  });

  it('runs where nothing can be kept, and leaves nothing half done', async () => {
    await mkdir(join(`${file}.a.cache`, 'in the way'), { recursive: true });
    await run('a');
    expect(told.told).toEqual(['one', file, 7]);
    expect(await files()).toEqual(['main.cjs', 'main.cjs.a.cache', 'other.cjs']);
  });
});
