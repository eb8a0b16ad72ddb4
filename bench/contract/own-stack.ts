/*
 * The gateway to measure: the one at POCKET_URL, else that of servers and services of our own with empty data in a
 * temporary folder, all stopped and deleted at the end, also by Ctrl-C.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackError, startInfrastructure, startStack } from '@pocket/stack';

export interface OpenGateway {
  readonly url: string;
  close(): Promise<void>;
}

type Undo = () => Promise<unknown>;

/** As `openOwnGateway`, but for a gateway at POCKET_URL if that is given. */
export async function openGateway(givenUrl = process.env.POCKET_URL): Promise<OpenGateway> {
  if (givenUrl) return { url: givenUrl.replace(/\/+$/, ''), close: () => Promise.resolve() };
  return openOwnGateway();
}

/**
 * A stack of our own with these `POCKET_*` settings.
 * Throws a StackError with the remedy when something of it does not start; then nothing of it runs.
 */
export async function openOwnGateway(environment: Readonly<Record<string, string>> = {}): Promise<OpenGateway> {
  const undos: Undo[] = [];
  const close = (): Promise<void> => undoAll(undos);
  const interruption = interruptionSignal();
  try {
    const url = await startOwnStack(undos, environment, interruption);
    interruption.throwIfAborted();
    interruption.addEventListener('abort', () => void close().finally(() => process.exit(1)));
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new StackError('Interrupted.'));
  process.once('SIGINT', abort).once('SIGTERM', abort);
  return controller.signal;
}

async function startOwnStack(
  undos: Undo[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pocket-bench-'));
  undos.push(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o755); // Postgres runs as another user when we are root.
  const options = { dataDir, environment, signal, onProgress: console.log };
  const infrastructure = await startInfrastructure(options);
  undos.push(() => infrastructure.stop());
  const stack = await startStack({ ...options, infrastructure, gatewayPort: 0 });
  undos.push(() => stack.stop());
  return stack.url;
}

/** Last done, first undone; each once. */
async function undoAll(undos: Undo[]): Promise<void> {
  for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
}
