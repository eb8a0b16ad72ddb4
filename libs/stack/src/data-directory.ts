/**
 * The folder that holds a stack's data, logs and pid files, held by one launcher at a time.
 * It has an identity of its own (a random id), so that data kept elsewhere (Postgres data that must not lie under
 * a private home, Docker volumes) belongs to this folder and not to whatever stands at the same path later.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, readRecord, recordOf, type ProcessRecord } from './process-record.ts';
import { StackError } from './stack-error.ts';

export type DataDirectory = {
  readonly path: string;
  /** 16 hex characters. */
  readonly id: string;
  readonly logs: string;
  /** Pid files. */
  readonly run: string;
  release(): Promise<void>;
};

const lockAttempts = 3;

/**
 * Creates the folder when it is missing and takes its lock. A lock whose process is dead is taken over.
 * Throws {@link StackError} naming the pid when another launcher holds it, or the folder that cannot be made.
 */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new StackError(
      `The folder ${path} for the data cannot be made (${String(code)}): let POCKET_DATA_DIR name another one.`,
    );
  });
  const lock = join(path, 'lock');
  await takeLock(lock, path);
  const id = await readOrCreate(join(path, 'id'), () => randomBytes(8).toString('hex'));
  return { path, id, logs: join(path, 'logs'), run: join(path, 'run'), release: () => rm(lock, { force: true }) };
}

async function takeLock(lock: string, path: string): Promise<void> {
  for (let attempt = 1; attempt <= lockAttempts; attempt += 1) {
    if (await createExclusively(lock, JSON.stringify(recordOf(process.pid)))) return;
    const holder = await readRecord(lock);
    if (holder && isAlive(holder)) throw alreadyRunning(holder, path);
    await moveAside(lock);
  }
  throw new StackError(`The lock ${lock} changes hands all the time: stop the other launchers, then start again.`);
}

function alreadyRunning({ pid }: ProcessRecord, path: string): StackError {
  return new StackError(
    `It runs already as process ${pid} with the data in ${path}: stop that one (kill ${pid}), or give this one another folder with POCKET_DATA_DIR.`,
  );
}

/** A hard link appears with its whole content or not at all, and fails where the name is taken. */
async function createExclusively(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** A rename succeeds for one of several launchers that find the same stale lock. */
async function moveAside(lock: string): Promise<void> {
  const aside = `${lock}.stale.${process.pid}`;
  await rename(lock, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

/** A small file that is written once, readable by its owner only. */
export async function readOrCreate(file: string, create: () => string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    const content = create();
    await writeFile(file, `${content}\n`, { mode: 0o600 });
    return content;
  }
}
