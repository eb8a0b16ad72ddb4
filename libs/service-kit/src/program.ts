/**
 * Runs a service or worker as a process: starts it, says in one sentence why it could not start, and ends it
 * gracefully on SIGTERM, SIGINT or when the launcher that started it has gone.
 */
import closeWithGrace from 'close-with-grace';
import { UnavailableError } from '@pocket/eventstore';
import { NewerLogError } from './newer-log.ts';
import { readableStack } from './readable-stack.ts';
import { SettingsError } from './settings.ts';

export interface Running {
  close(): Promise<void>;
}

const CLOSE_WITHIN_MS = 5_000;

/**
 * Signals are listened for from the first moment: the first process of a container ignores what it has no listener for.
 * @param start brings the program up; its promise resolves when it serves.
 */
export async function runProgram(name: string, start: () => Promise<Running>): Promise<void> {
  let running: Running | undefined;
  const tell = (words: string): void => void process.stderr.write(`${name}: ${words}\n`);
  const onTimeout = (ms: number): void => tell(`has not ended within ${ms / 1_000} seconds and is broken off`);
  const grace = closeWithGrace({ delay: CLOSE_WITHIN_MS, logger: false, onTimeout }, async ({ err }) => {
    if (err !== undefined) tell(readableStack(err.stack ?? err.message));
    await running?.close().catch((error: unknown) => {
      tell(`has not ended cleanly: ${wordsFor(error)}`);
      throw error;
    });
  });
  process.once('disconnect', () => grace.close());
  try {
    running = await start();
  } catch (error) {
    tell(wordsFor(error));
    process.exitCode = 1;
    process.exit();
  }
}

function wordsFor(error: unknown): string {
  if ([SettingsError, UnavailableError, NewerLogError].some((forPeople) => error instanceof forPeople))
    return (error as Error).message;
  const { code, port, address, message, name, stack } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === 'EADDRINUSE')
    return `port ${String(port)} of ${String(address)} is in use. Stop what listens there, or set POCKET_PORT to another port.`;
  return name === 'MigrationError' ? message : readableStack(stack ?? message);
}
