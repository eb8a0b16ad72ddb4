/**
 * Brings up Postgres, NATS and Redis for a data directory. Each comes from the URL that the environment gives, else
 * from a program on this machine, else from a Docker engine, else from the system's packages; if none of these is
 * to be had, one sentence says what to do. What served the data once serves it again, so no start loses anything.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataDirectory, type DataDirectory } from './data-directory.ts';
import { canInstallPackages, installPackages } from './debian-packages.ts';
import { dockerAnswers, fetchImage, launchInDocker, removeVolume } from './docker.ts';
import { ManagedProcess } from './managed-process.ts';
import { nats } from './nats.ts';
import { freePort, unsharedPort } from './ports.ts';
import { postgres } from './postgres.ts';
import { stopRecorded } from './process-record.ts';
import { redis } from './redis.ts';
import type { Launch, ServerKind, ServerName } from './server.ts';
import { reasonOf, StackError } from './stack-error.ts';

/** A server in use; `source` is where it comes from in a few words, `process` is there when we run it. */
export type RunningServer = { name: ServerName; label: string; url: string; source: string; process?: ManagedProcess };

/** What the services need to know of the three servers. */
export type ServerUrls = { databaseUrl: string; natsUrl: string; redisUrl: string };

export type Infrastructure = ServerUrls & {
  readonly servers: readonly RunningServer[];
  /** Stops the servers that we run and gives the data directory free; with `removeData` their data goes as well. */
  stop(options?: { removeData?: boolean }): Promise<void>;
};

export type InfrastructureOptions = {
  /** Absolute path; created when missing. */
  dataDir: string;
  /** Only `DATABASE_URL`, `NATS_URL`, `REDIS_URL` and `POCKET_NAMESPACE` are read. */
  environment: Readonly<Record<string, string | undefined>>;
  /** Deletes the data of the services before they start. */
  fresh?: boolean;
  /** Which servers are wanted; default all. The URL of another one is empty. */
  only?: readonly ServerName[];
  /** Takes ports that nobody prefers, so that a server that is stopped for a while finds its port again. */
  unsharedPorts?: boolean;
  /** Runs once the folder is locked and before anything starts; what it throws ends the start. */
  check?: () => Promise<void>;
  onProgress?: (message: string) => void;
  signal?: AbortSignal;
};

type Origin = 'program' | 'docker';
type Found = { kind: ServerKind; origin: Origin; program: string };
type Context = Required<Pick<InfrastructureOptions, 'environment' | 'onProgress' | 'unsharedPorts'>> & {
  data: DataDirectory;
  wanted: readonly ServerKind[];
  signal: AbortSignal | undefined;
};

const kinds: readonly ServerKind[] = [postgres, nats, redis];
/** The images that each server is run from where a container is wanted. */
export const serverImages = { postgres: postgres.image, nats: nats.image, redis: redis.image } as const;
const readyTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;
const defaultNamespace = 'pocket';
/** Where the servers are that run for a data directory, for programs beside its launcher. */
export const URLS_FILE = 'servers.json';

/** Brings the three servers up and waits until they answer. Throws {@link StackError}; then nothing of it runs. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const data = await openDataDirectory(options.dataDir);
  const { environment, signal, onProgress = () => undefined, unsharedPorts = false } = options;
  const wanted = kinds.filter(({ name }) => options.only?.includes(name) ?? true);
  const context: Context = { data, wanted, environment, signal, onProgress, unsharedPorts };
  const started: RunningServer[] = [];
  const stop: Infrastructure['stop'] = async ({ removeData = false } = {}) => {
    await Promise.all(started.map(async (server) => server.process?.stop()));
    await rm(join(data.path, URLS_FILE), { force: true });
    if (removeData) await clearOwnData(data);
    await data.release();
  };
  try {
    await options.check?.();
    started.push(...(await useGivenServers(context)));
    if (options.fresh) await clearOwnData(data);
    await waitForAll((await locateAll(context)).map(async (found) => started.push(await startServer(found, context))));
    if (options.fresh) await clearGivenServers(started, environment);
    const urls = urlsOf(started);
    await writeFile(join(data.path, URLS_FILE), JSON.stringify(urls), { mode: 0o600 });
    return { ...urls, servers: sortServers(started), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Unlike Promise.all it leaves nothing under way when it throws: what has started can be stopped. */
async function waitForAll(tasks: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const urlGiven = (kind: ServerKind, environment: Context['environment']): string | undefined =>
  environment[kind.setting]?.trim() || undefined;

const sortServers = (servers: readonly RunningServer[]): RunningServer[] =>
  kinds.flatMap(({ name }) => servers.filter((server) => server.name === name));

function urlsOf(servers: readonly RunningServer[]): ServerUrls {
  const url = (name: ServerName): string => servers.find((server) => server.name === name)?.url ?? '';
  return { databaseUrl: url('postgres'), natsUrl: url('nats'), redisUrl: url('redis') };
}

function useGivenServers({ wanted, environment }: Context): Promise<RunningServer[]> {
  const given = wanted.filter((kind) => urlGiven(kind, environment));
  return Promise.all(given.map((kind) => useGivenServer(kind, environment[kind.setting] ?? '')));
}

async function useGivenServer(kind: ServerKind, url: string): Promise<RunningServer> {
  try {
    await kind.check(url);
  } catch (cause) {
    throw new StackError(
      `${kind.label} at ${kind.setting} (${withoutPassword(url)}) cannot be used (${reasonOf(cause)}): start it or correct ${kind.setting} (like ${kind.exampleUrl}), or unset it to let npm start bring one up.`,
      { cause },
    );
  }
  return { name: kind.name, label: kind.label, url, source: `given by ${kind.setting}` };
}

/** A URL fit to be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1:***@');
}

/** Finds where each server that is not given comes from; installs packages once for all that are missing. */
async function locateAll(context: Context): Promise<Found[]> {
  const wanted = context.wanted.filter((kind) => !urlGiven(kind, context.environment));
  const first = await Promise.all(wanted.map((kind) => locate(kind, context)));
  const missing = wanted.filter((_, index) => first[index] === undefined);
  if (missing.length > 0) await install(missing, context);
  const second = await Promise.all(
    wanted.map(async (kind, index) => first[index] ?? locateProgram(kind, context.data)),
  );
  return second.filter((found) => found !== undefined);
}

async function locate(kind: ServerKind, context: Context): Promise<Found | undefined> {
  const usedBefore = await readOrigin(kind, context.data);
  if (usedBefore === 'docker') return locateUsedImage(kind, context);
  return (await locateProgram(kind, context.data)) ?? (usedBefore ? undefined : locateImage(kind, context));
}

async function locateProgram(kind: ServerKind, data: DataDirectory): Promise<Found | undefined> {
  const program = await kind.find(data);
  return program === undefined ? undefined : { kind, origin: 'program', program };
}

async function locateImage(kind: ServerKind, { signal, onProgress }: Context): Promise<Found | undefined> {
  if (!(await dockerAnswers(signal))) return undefined;
  try {
    onProgress(`Fetching ${kind.image}`);
    await fetchImage(kind, signal);
    return { kind, origin: 'docker', program: kind.image };
  } catch (error) {
    onProgress(`Docker answers but has no ${kind.image} (${reasonOf(error)})`);
    return undefined;
  }
}

async function locateUsedImage(kind: ServerKind, context: Context): Promise<Found> {
  const found = await locateImage(kind, context);
  if (found) return found;
  throw new StackError(
    `The data of ${kind.label} is in a Docker volume and no Docker engine answers: start Docker, or begin anew with "npm start -- --fresh".`,
  );
}

async function install(missing: readonly ServerKind[], { signal, onProgress }: Context): Promise<void> {
  const packages = missing.map((kind) => kind.debianPackage);
  if (!(await canInstallPackages())) throw whatToDo(missing);
  onProgress(`Installing ${packages.join(', ')} from the system's packages`);
  try {
    await installPackages(packages, signal);
  } catch (cause) {
    const details =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().split('\n').slice(-8) : [];
    throw new StackError(whatToDo(missing).message, { cause, details });
  }
}

function whatToDo(missing: readonly ServerKind[]): StackError {
  const labels = missing.map((kind) => kind.label).join(', ');
  const packages = missing.map((kind) => kind.debianPackage).join(' ');
  const settings = missing.map((kind) => `${kind.setting}=${kind.exampleUrl}`).join(' ');
  return new StackError(
    `${labels} missing: install the packages (apt-get install ${packages}; brew install ${packages}), or start Docker, or give running servers (${settings}), then start again.`,
  );
}

const originFile = (kind: ServerKind, data: DataDirectory): string => join(data.path, `${kind.name}-origin`);

async function readOrigin(kind: ServerKind, data: DataDirectory): Promise<Origin | undefined> {
  const text = await readFile(originFile(kind, data), 'utf8').catch(() => '');
  return text === 'program' || text === 'docker' ? text : undefined;
}

async function startServer(found: Found, context: Context): Promise<RunningServer> {
  const { kind, origin } = found;
  const { data, onProgress, signal, unsharedPorts } = context;
  const begun = Date.now();
  await stopRecorded(pidFile(kind, data), kind.stopSignal, stopTimeoutMs);
  const port = await (unsharedPorts ? unsharedPort() : freePort(kind.preferredPort));
  const launch = await prepare(found, data, port);
  const server = new ManagedProcess(definitionOf(kind, launch, data));
  await server.start(signal);
  await writeFile(originFile(kind, data), origin);
  onProgress(`${kind.label} started (${Date.now() - begun} ms)`);
  const source = origin === 'docker' ? `container of ${kind.image}` : `local process ${launch.command}`;
  return { name: kind.name, label: kind.label, url: launch.url, source, process: server };
}

const prepare = ({ kind, origin, program }: Found, data: DataDirectory, port: number): Promise<Launch> =>
  origin === 'docker' ? launchInDocker(kind, data, port) : kind.launch(program, data, port);

const pidFile = (kind: ServerKind, data: DataDirectory): string => join(data.run, `${kind.name}.json`);

function definitionOf(
  kind: ServerKind,
  launch: Launch,
  data: DataDirectory,
): ConstructorParameters<typeof ManagedProcess>[0] {
  return {
    name: kind.label,
    command: launch.command,
    args: launch.args,
    cwd: '/',
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      LANG: 'C.UTF-8',
      ...launch.environment,
    },
    identity: launch.identity,
    logFile: join(data.logs, `${kind.name}.log`),
    pidFile: pidFile(kind, data),
    stopSignal: kind.stopSignal,
    stopTimeoutMs,
    readyTimeoutMs,
    channel: false,
    probe: () => kind.check(launch.url).then(() => undefined, reasonOf),
  };
}

/** Ends orphans first: a server must not write into a folder that is being deleted. */
async function clearOwnData(data: DataDirectory): Promise<void> {
  for (const kind of kinds) {
    await stopRecorded(pidFile(kind, data), kind.stopSignal, stopTimeoutMs);
    if ((await readOrigin(kind, data)) === 'docker') await removeVolume(kind, data);
    await kind.removeData(data);
    await rm(originFile(kind, data), { force: true });
  }
}

async function clearGivenServers(
  servers: readonly RunningServer[],
  environment: Context['environment'],
): Promise<void> {
  const namespace = environment['POCKET_NAMESPACE'] ?? defaultNamespace;
  const given = servers.filter((server) => !server.process);
  for (const { name, url } of given) await kinds.find((kind) => kind.name === name)?.clear(url, namespace);
}
