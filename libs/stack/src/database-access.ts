/**
 * The database of a system for a program beside it: the one that DATABASE_URL names, the one that runs for the data
 * directory, or, where nothing runs, its own Postgres brought up for the while.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { startInfrastructure, URLS_FILE, type ServerUrls } from './infrastructure.ts';
import { isAlive, readRecord } from './process-record.ts';
import { StackError } from './stack-error.ts';

export interface DatabaseAccess {
  databaseUrl: string;
  /** Whether somebody else runs the system at the moment, as far as the data directory tells. */
  running: boolean;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

/** @throws StackError when there is no database to be had, or its launcher is still starting. */
export async function openDatabase(options: {
  /** Absolute path. */
  dataDir: string;
  environment: Environment;
  onProgress?: (message: string) => void;
}): Promise<DatabaseAccess> {
  const { dataDir, environment } = options;
  const running = await launcherRuns(dataDir);
  const given = environment['DATABASE_URL'];
  const nothing = (): Promise<void> => Promise.resolve();
  if (given) return { databaseUrl: given, running, close: nothing };
  if (running) return { databaseUrl: await runningDatabase(dataDir), running, close: nothing };
  const infrastructure = await startInfrastructure({ ...options, only: ['postgres'] });
  return { databaseUrl: infrastructure.databaseUrl, running, close: () => infrastructure.stop() };
}

async function launcherRuns(dataDir: string): Promise<boolean> {
  const holder = await readRecord(join(dataDir, 'lock'));
  return holder !== undefined && isAlive(holder);
}

async function runningDatabase(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, URLS_FILE), 'utf8').catch(() => undefined);
  if (text !== undefined) return (JSON.parse(text) as ServerUrls).databaseUrl;
  throw new StackError(`The system with the data in ${dataDir} is still starting: try again when it is ready.`);
}
