/*
 * The gateway to measure: the one at POCKET_URL, else that of servers and services of our own with empty data in a
 * temporary folder, all stopped and deleted at the end, also by Ctrl-C.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackError, startInfrastructure, startStack, type ServerUrls, type Stack } from '@pocket/stack';

export interface OpenGateway {
  readonly url: string;
  close(): Promise<void>;
}

export interface OpenServers extends ServerUrls {
  /** The services on these servers, with these `POCKET_*` settings; once. They end with the servers. */
  startServices(environment?: Readonly<Record<string, string>>): Promise<Stack>;
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
  const servers = await openOwnServers();
  try {
    const { url } = await servers.startServices(environment);
    return { url, close: () => servers.close() };
  } catch (error) {
    await servers.close();
    throw error;
  }
}

/** The three servers without services. Throws a StackError with the remedy when one does not start; then none runs. */
export async function openOwnServers(): Promise<OpenServers> {
  const undos: Undo[] = [];
  const close = (): Promise<void> => undoAll(undos);
  const interruption = interruptionSignal();
  try {
    const servers = await startOwnServers(undos, interruption);
    interruption.throwIfAborted();
    interruption.addEventListener('abort', () => void close().finally(() => process.exit(1)));
    return { ...servers, close };
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

async function startOwnServers(undos: Undo[], signal: AbortSignal): Promise<Omit<OpenServers, 'close'>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pocket-bench-'));
  undos.push(() => rm(dataDir, { recursive: true, force: true }));
  await chmod(dataDir, 0o755); // Postgres runs as another user when we are root.
  const options = { dataDir, environment: {}, signal, onProgress: console.log };
  const infrastructure = await startInfrastructure(options);
  undos.push(() => infrastructure.stop());
  const { databaseUrl, natsUrl, redisUrl } = infrastructure;
  return {
    ...{ databaseUrl, natsUrl, redisUrl },
    async startServices(environment = {}) {
      const stack = await startStack({ ...options, environment, infrastructure, gatewayPort: 0 });
      undos.push(() => stack.stop());
      signal.throwIfAborted();
      return stack;
    },
  };
}

/** Last done, first undone; each once. */
async function undoAll(undos: Undo[]): Promise<void> {
  for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
}
