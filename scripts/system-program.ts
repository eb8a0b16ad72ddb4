/**
 * What the programs beside a system have in common: its database, the first Ctrl-C as a signal to put everything back,
 * and every expected failure as one sentence. Exit code 0 when it is done, 1 when not, 130 when it was interrupted.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import pg from 'pg';
import { ArchiveError } from '@pocket/archive';
import { UnreadableEventError } from '@pocket/contracts';
import { classifyFailure, UnavailableError } from '@pocket/eventstore';
import { SettingsError, withUrlsFromFiles } from '@pocket/service-kit';
import { openDatabase, readEnvironment, root, StackError, type Environment } from '@pocket/stack';

export interface Surroundings {
  databaseUrl: string;
  /** Absolute path. */
  dataDir: string;
  environment: Environment;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

type Check = (dataDir: string, environment: Environment) => Promise<void> | void;

const INTERRUPTED = 130;

export const EXIT_CODES =
  '\nExit codes: 0 done, 1 not done (stderr says why, also of a wrong command), 130 interrupted.';

/** Runs `work` with the system's database and ends the process with its outcome. `check` comes before anything is started. */
export async function runWithDatabase(
  { check }: { check: Check },
  work: (surroundings: Surroundings) => Promise<void>,
): Promise<void> {
  const stop = listenForStop();
  try {
    const environment = withUrlsFromFiles(readEnvironment(root));
    const dataDir = dataDirOf(environment);
    await check(dataDir, environment);
    const access = await openDatabase({ dataDir, environment, onProgress: (message) => console.error(message) });
    try {
      await work({ databaseUrl: access.databaseUrl, dataDir, environment, signal: stop });
    } finally {
      await access.close();
    }
  } catch (error) {
    console.error(sentenceOf(error));
    process.exitCode = stop.aborted ? INTERRUPTED : 1;
  }
}

export function dataDirOf(environment: Environment): string {
  return resolve(root, environment['POCKET_DATA_DIR'] ?? '.pocket');
}

/** Whether a launcher has ever made its data in this folder. */
export function holdsSystem(dataDir: string): boolean {
  return existsSync(join(dataDir, 'id'));
}

/** @throws StackError where there has never been a system, so that none is begun for a look at it. */
export function requireSystem(dataDir: string, environment: Environment): void {
  if (environment['DATABASE_URL'] !== undefined || holdsSystem(dataDir)) return;
  throw new StackError(
    `There is no system in ${dataDir}: let POCKET_DATA_DIR name its folder, or DATABASE_URL its database, or begin one with "npm start".`,
  );
}

/** The first signal lets everything be put back; a second one ends the program at once. */
function listenForStop(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(INTERRUPTED);
      stop.abort(new StackError('Interrupted: everything is as it was.'));
    });
  return stop.signal;
}

const FOR_PEOPLE = [ArchiveError, StackError, SettingsError];
/** What pg says when a time of its settings has passed. */
const TIMED_OUT = /timeout expired|timeout exceeded|due to connection timeout|Query read timeout/;

/** What an expected failure says to a person. @throws the error itself where it is none: that is a fault of ours. */
export function sentenceOf(error: unknown): string {
  if (FOR_PEOPLE.some((expected) => error instanceof expected)) return (error as Error).message;
  if (error instanceof UnreadableEventError) return `Not done: ${error.message}. Use the version that wrote it.`;
  if (error instanceof Error && TIMED_OUT.test(error.message))
    return `Postgres does not answer (${error.message}): start it again, or correct DATABASE_URL.`;
  if (classifyFailure(error) instanceof UnavailableError)
    return `Postgres cannot be reached (${textOf(error)}): start it, or correct DATABASE_URL.`;
  if (error instanceof pg.DatabaseError) return `Postgres refused: ${error.message}.`;
  throw error;
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return textOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** A file that the user has named, from the folder they stand in: npm and our scripts have changed it since. */
export function fileNamed(name: string): string {
  return isAbsolute(name) ? name : resolve(process.env['INIT_CWD'] ?? process.cwd(), name);
}
