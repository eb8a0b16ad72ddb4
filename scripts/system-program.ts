/**
 * What the programs that export and import have in common: the database of the data directory, the first Ctrl-C as a
 * signal to put everything back, and every expected failure as one sentence.
 */
import { isAbsolute, resolve } from 'node:path';
import { ArchiveError } from '@pocket/archive';
import { SettingsError } from '@pocket/service-kit';
import { openDatabase, readEnvironment, root, StackError, type Environment } from '@pocket/stack';

export interface Surroundings {
  databaseUrl: string;
  /** Absolute path. */
  dataDir: string;
  environment: Environment;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

const INTERRUPTED = 130;

/** Runs `work` with the system's database and ends the process with its outcome. */
export async function runWithDatabase(
  what: { check?: (dataDir: string, environment: Environment) => Promise<void> },
  work: (surroundings: Surroundings) => Promise<void>,
): Promise<void> {
  const stop = listenForStop();
  try {
    const environment = readEnvironment(root);
    const dataDir = resolve(root, environment['POCKET_DATA_DIR'] ?? '.pocket');
    await what.check?.(dataDir, environment);
    const access = await openDatabase({ dataDir, environment, onProgress: (message) => console.error(message) });
    try {
      await work({ databaseUrl: access.databaseUrl, dataDir, environment, signal: stop });
    } finally {
      await access.close();
    }
  } catch (error) {
    explain(error);
    process.exitCode = stop.aborted ? INTERRUPTED : 1;
  }
}

/** The first signal lets everything be put back; a second one ends the program at once. */
function listenForStop(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(INTERRUPTED);
      stop.abort(new ArchiveError('Interrupted: everything is as it was.'));
    });
  return stop.signal;
}

function explain(error: unknown): void {
  const isExpected = [ArchiveError, StackError, SettingsError].some((expected) => error instanceof expected);
  if (!isExpected) throw error;
  console.error((error as Error).message);
}

/** A file that the user has named, from the folder they stand in: npm and our scripts have changed it since. */
export function fileNamed(name: string): string {
  return isAbsolute(name) ? name : resolve(process.env['INIT_CWD'] ?? process.cwd(), name);
}
