/** One launcher at a time: the lock of a data directory, and orphans that a killed launcher leaves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from '../src/data-directory.ts';
import { isAlive, recordOf, stopRecorded, writeRecord } from '../src/process-record.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openDataDirectory', () => {
  it('refuses a second launcher and names the first', async () => {
    const data = await openDataDirectory(folder);
    await expect(openDataDirectory(folder)).rejects.toThrow(`It runs already as process ${process.pid}`);
    await data.release();
  });

  it('refuses a place where no folder can be, and names the setting', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openDataDirectory(file)).rejects.toThrow(
      `The folder ${file} for the data cannot be made (EEXIST): let POCKET_DATA_DIR name another one.`,
    );
  });

  it('keeps its identity, and gives the folder free', async () => {
    const first = await openDataDirectory(folder);
    await first.release();
    const second = await openDataDirectory(folder);
    expect(second.id).toBe(first.id);
    expect(second.id).toMatch(/^[0-9a-f]{16}$/);
    await second.release();
  });

  it.each([
    ['of a dead process', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' })],
    ['of a pid that another process has got', JSON.stringify({ pid: process.pid, startedAt: 'before' })],
    ['that is no record', 'torn'],
  ])('takes over a lock %s', async (_, content) => {
    await writeFile(join(folder, 'lock'), content);
    const data = await openDataDirectory(folder);
    expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toEqual(recordOf(process.pid));
    await data.release();
  });

  it('lets one of many win a stale lock', async () => {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' }));
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => openDataDirectory(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('stopRecorded', () => {
  const file = (): string => join(folder, 'pid.json');

  it('ends an orphan, with SIGKILL when it does not listen', async () => {
    const script = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const { pid = 0 } = child;
    await writeRecord(file(), pid);
    const record = recordOf(pid);
    expect(record && isAlive(record)).toBe(true);
    expect(await stopRecorded(file(), 'SIGTERM', 100)).toBe(true);
    expect(record && isAlive(record)).toBe(false);
  });

  it('leaves a process alone that only has the same number', async () => {
    await writeFile(file(), JSON.stringify({ pid: process.pid, startedAt: 'before' }));
    expect(await stopRecorded(file(), 'SIGKILL', 100)).toBe(false);
  });
});
