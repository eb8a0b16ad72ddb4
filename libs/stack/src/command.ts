/**
 * Short commands that run to their end, and where programs are found. Long-running ones are managed processes.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Identity } from './managed-process.ts';

export type CommandOptions = {
  environment?: Readonly<Record<string, string>> | undefined;
  identity?: Identity | undefined;
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
};

const defaultTimeoutMs = 60_000;
const largestOutputBytes = 50_000_000;

/** Runs a command and returns what it printed. Throws with the end of its error output when it fails. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { environment, identity, timeoutMs = defaultTimeoutMs, signal } = options;
  const { stdout } = await promisify(execFile)(command, args, {
    env: { ...process.env, ...environment },
    timeout: timeoutMs,
    maxBuffer: largestOutputBytes,
    cwd: '/',
    ...(signal && { signal }),
    ...identity,
  });
  return stdout;
}

/** True when the command runs and succeeds. */
export async function succeeds(command: string, args: readonly string[], options?: CommandOptions): Promise<boolean> {
  return run(command, args, options).then(
    () => true,
    () => false,
  );
}

/** All folders of the PATH, the system folders and `more` that hold all these programs, in this order. */
export async function findFolders(programs: readonly string[], more: readonly string[] = []): Promise<string[]> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ...more];
  const unique = [...new Set(folders.filter((folder) => folder !== ''))];
  const found = await Promise.all(unique.map((folder) => holdsAll(folder, programs)));
  return unique.filter((_, index) => found[index]);
}

async function holdsAll(folder: string, programs: readonly string[]): Promise<boolean> {
  const results = await Promise.all(programs.map((program) => isExecutable(join(folder, program))));
  return results.every(Boolean);
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
