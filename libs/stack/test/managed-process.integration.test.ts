/** The life of a child process: readiness, early death, stopping, and being started again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManagedProcess, type ProcessDefinition } from '../src/managed-process.ts';
import { supervise } from '../src/supervisor.ts';

let folder: string;
let created: ManagedProcess[];
beforeEach(async () => {
  created = [];
  folder = await mkdtemp(join(tmpdir(), 'pocket-process-'));
});
afterEach(async () => {
  await Promise.all(created.map((child) => child.stop()));
  await rm(folder, { recursive: true });
});

function create(script: string, changes: Partial<ProcessDefinition> = {}): ManagedProcess {
  const name = changes.name ?? 'child';
  const child = new ManagedProcess({
    name,
    command: process.execPath,
    args: ['-e', script],
    cwd: folder,
    environment: { PATH: process.env['PATH'] ?? '' },
    logFile: join(folder, `${name}.log`),
    pidFile: join(folder, `${name}.json`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 500,
    readyTimeoutMs: 5_000,
    channel: false,
    ...changes,
  });
  created.push(child);
  return child;
}

const lives = "console.log('{}'); setInterval(() => {}, 1000)";

describe('ManagedProcess', () => {
  it('is ready with its first log line, runs under its pid, and stops', async () => {
    const child = create(lives);
    await child.start();
    expect(JSON.parse(await readFile(join(folder, 'child.json'), 'utf8'))).toMatchObject({ pid: child.pid });
    await child.stop();
    expect(child.running).toBe(false);
    expect(child.pid).toBeUndefined();
  });

  it('tells the end of the log when it dies at once, pino lines as a sentence', async () => {
    const line = JSON.stringify({ level: 60, msg: 'could not start', err: { message: 'no secret' } });
    const child = create(`console.log(${JSON.stringify(line)}); process.exit(3)`, {
      probe: () => Promise.resolve('it'),
    });
    await expect(child.start()).rejects.toMatchObject({
      message: expect.stringContaining('child ended while it was starting (exit code 3)') as string,
      details: ['could not start: no secret'],
    });
  });

  it('names what is missing when it is not ready in time, and leaves nothing behind', async () => {
    const child = create(lives, { probe: () => Promise.resolve('its wits'), readyTimeoutMs: 300 });
    await expect(child.start()).rejects.toThrow('was not ready after 0.3 s (missing: its wits)');
    expect(child.running).toBe(false);
  });

  it('says so when the program does not exist', async () => {
    const child = create('', { command: join(folder, 'missing'), args: [] });
    await expect(child.start()).rejects.toThrow('child ended while it was starting');
  });

  it('kills what does not listen', async () => {
    const child = create(`process.on('SIGTERM', () => {}); ${lives}`);
    await child.start();
    const begun = Date.now();
    await child.stop();
    expect(Date.now() - begun).toBeLessThan(1_500);
    expect(child.running).toBe(false);
  });

  it('gives up waiting when asked to', async () => {
    const abort = new AbortController();
    const probe = () => {
      abort.abort(new Error('enough'));
      return Promise.resolve('it');
    };
    const child = create(lives, { probe });
    await expect(child.start(abort.signal)).rejects.toThrow('enough');
    expect(child.running).toBe(false);
  });
});

describe('supervise', () => {
  it('starts a killed process again', async () => {
    const child = create(lives);
    const messages: string[] = [];
    const fail = (message: string): never => {
      throw new Error(message);
    };
    const release = supervise([child], { onMessage: (message) => messages.push(message), onGiveUp: fail });
    await child.start();
    const before = child.pid;
    await child.kill('SIGKILL');
    await expect.poll(() => messages.at(-1), { timeout: 5_000 }).toBe('child runs again');
    expect(messages[0]).toContain('child ended unexpectedly (signal SIGKILL)');
    expect(child.pid).not.toBe(before);
    release();
  });

  it('leaves a stopped process alone while it starts another again that was killed later', async () => {
    const [stopped, killed] = [create(lives, { name: 'stopped' }), create(lives, { name: 'killed' })];
    const messages: string[] = [];
    const note = (message: string) => void messages.push(message);
    const release = supervise([stopped, killed], { onMessage: note, onGiveUp: note });
    await Promise.all([stopped.start(), killed.start()]);
    await stopped.stop();
    await killed.kill('SIGKILL');
    await expect.poll(() => messages.at(-1), { timeout: 5_000 }).toBe('killed runs again');
    expect(stopped.running).toBe(false);
    expect(messages.filter((message) => message.startsWith('stopped'))).toEqual([]);
    release();
  });
});
