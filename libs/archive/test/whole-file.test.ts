/** A file that is there whole or not at all. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWholeFile } from '../src/whole-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-whole-file-'));
  path = join(folder, 'chain.pocket');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a whole file', () => {
  it('has its name once it is complete, and only its owner reads it', async () => {
    const file = await createWholeFile(path, { replace: false });
    await file.write('one\n');
    await file.write('zwölf\n');
    expect(await readdir(folder)).not.toContain('chain.pocket');
    await file.commit();
    await file.discard();
    expect(await readFile(path, 'utf8')).toBe('one\nzwölf\n');
    expect(file.bytes).toBe(11);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['chain.pocket']);
  });

  it('leaves nothing when it is discarded', async () => {
    const file = await createWholeFile(path, { replace: false });
    await file.write('half');
    await file.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('replaces another only where it is told to', async () => {
    await writeFile(path, 'mine');
    await expect(createWholeFile(path, { replace: false })).rejects.toThrow(
      /is there already: give another name, or --force/,
    );
    const file = await createWholeFile(path, { replace: true });
    await file.write('theirs');
    expect(await readFile(path, 'utf8')).toBe('mine');
    await file.commit();
    expect(await readFile(path, 'utf8')).toBe('theirs');
  });

  it('does not replace one that has come meanwhile', async () => {
    const file = await createWholeFile(path, { replace: false });
    await writeFile(path, 'mine');
    await expect(file.commit()).rejects.toThrow(/is there already/);
    await file.discard();
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('says where none can be written', async () => {
    await expect(createWholeFile(join(folder, 'no/such/folder'), { replace: false })).rejects.toThrow(
      /there is no such file or folder/,
    );
  });
});
