/**
 * Runs the five services and the miner's workers as processes of their own on running servers, waits until every
 * one can serve, and stops them. `npm start`, the tests and the benches all use it.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkEnvironment, environmentFor, type Environment } from './environment.ts';
import type { ServerUrls } from './infrastructure.ts';
import { ManagedProcess, type ProcessDefinition } from './managed-process.ts';
import { freePort, requirePort, unsharedPort } from './ports.ts';
import {
  settingsOf,
  preferredPorts,
  readPrograms,
  root,
  serviceNames,
  type Program,
  type ServiceName,
} from './programs.ts';
import { readinessProbe } from './readiness.ts';
import { StackError } from './stack-error.ts';
import { ensureWalletSecret } from './wallet-secret.ts';

export type StackOptions = {
  infrastructure: ServerUrls;
  /** Absolute path: holds the wallets' secret, pid files, and `logs` unless `logDir` says otherwise. */
  dataDir: string;
  /** `POCKET_*` settings, as of `readEnvironment`; the system's variables always come from the launcher's own. */
  environment: Environment;
  /** Default: `POCKET_PORT`, else 8080; 0 takes any free port, for every process of the stack. */
  gatewayPort?: number;
  /** Default: `POCKET_MINER_WORKERS`, else as many as there are replicas, so that each process may die. */
  workers?: number;
  logDir?: string;
  /**
   * How many processes of every service run, or of those named; all but the first are called `<name>-2`, `<name>-3`, …
   * Default: `POCKET_REPLICAS`, else 1.
   */
  replicas?: number | Partial<Record<ServiceName, number>>;
  onProgress?: (message: string) => void;
  signal?: AbortSignal;
};

/** A process of the stack. `url` is its HTTP address; a worker has none. */
export type StackProcess = {
  readonly name: string;
  readonly url: string | undefined;
  readonly pid: number | undefined;
  readonly logFile: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
};

export type Stack = {
  /** The first gateway's address, without a slash at its end. */
  readonly url: string;
  /** The addresses of all gateways, the first one first. */
  readonly urls: readonly string[];
  readonly logDir: string;
  /** By name: the services, their replicas, and `miner-worker`, `miner-worker-2`, … */
  readonly processes: ReadonlyMap<string, ManagedStackProcess>;
  /** The process of that name; throws when there is none. */
  process(name: string): StackProcess;
  stop(): Promise<void>;
};

/** A managed process that knows its address. */
export class ManagedStackProcess extends ManagedProcess implements StackProcess {
  readonly url: string | undefined;

  constructor(definition: ProcessDefinition, url: string | undefined) {
    super(definition);
    this.url = url;
  }

  get logFile(): string {
    return this.definition.logFile;
  }
}

type Planned = { name: string; program: Program; port: number | undefined; host: string };

const defaultGatewayPort = 8080;
const loopback = '127.0.0.1';
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 2_500;

/** Starts all processes at once. Throws {@link StackError} when one ends or is not ready in time; then none runs. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const programs = await readPrograms();
  checkEnvironment(options.environment, settingsOf(programs));
  const planned = await plan(programs, options);
  const shared = await sharedValues(planned, options);
  const logDir = options.logDir ?? join(options.dataDir, 'logs');
  const processes = planned.map((one) => createProcess(one, shared, logDir, options.dataDir));
  await startAll(processes, options);
  const byName = new Map(processes.map((process) => [process.name, process]));
  const find = (name: string): ManagedStackProcess => {
    const found = byName.get(name);
    if (!found) throw new RangeError(`There is no process ${name}: there are ${[...byName.keys()].join(', ')}.`);
    return found;
  };
  const urls = addressesOf(planned, 'gateway');
  return { url: urls[0] ?? '', urls, logDir, processes: byName, process: find, stop: () => stopAll(processes) };
}

async function startAll(processes: readonly ManagedStackProcess[], options: StackOptions): Promise<void> {
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const started = processes.map((process) => startOne(process, signal, options.onProgress));
  try {
    await Promise.all(started);
  } catch (error) {
    failure.abort(error);
    await Promise.allSettled(started);
    await stopAll(processes);
    throw error;
  }
}

async function startOne(
  process: ManagedStackProcess,
  signal: AbortSignal,
  onProgress: StackOptions['onProgress'],
): Promise<void> {
  const begun = Date.now();
  await process.start(signal);
  onProgress?.(`${process.name} started (${Date.now() - begun} ms)`);
}

async function stopAll(processes: readonly ManagedProcess[]): Promise<void> {
  await Promise.all(processes.map((process) => process.stop()));
}

/** Which processes run, and on which ports. Ports are taken one after the other so that none is taken twice. */
async function plan(programs: readonly Program[], options: StackOptions): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const program of programs) {
    const count = countOf(program, options);
    for (let index = 1; index <= count; index += 1) planned.push(await planOne(program, index, options));
  }
  return planned;
}

function countOf({ name }: Program, { workers, replicas, environment }: StackOptions): number {
  const everywhere = typeof replicas === 'number' ? replicas : Number(environment['POCKET_REPLICAS'] ?? 1);
  if (name === 'miner-worker') return workers ?? Number(environment['POCKET_MINER_WORKERS'] ?? everywhere);
  return (typeof replicas === 'object' ? replicas[name] : undefined) ?? everywhere;
}

async function planOne(program: Program, index: number, options: StackOptions): Promise<Planned> {
  const name = index === 1 ? program.name : `${program.name}-${index}`;
  if (program.name === 'miner-worker') return { name, program, port: undefined, host: loopback };
  if (program.name === 'gateway') return { name, program, ...(await gatewayAddress(index, options)) };
  const anyPort = options.gatewayPort === 0;
  const port = await (anyPort ? unsharedPort() : freePort(replicaPort(preferredPorts[program.name], index)));
  return { name, program, port, host: loopback };
}

/** A replica's port is as easy to guess: 8090 beside 8080. */
const replicaPort = (first: number, index: number): number => first + 10 * (index - 1);

async function gatewayAddress(index: number, options: StackOptions): Promise<{ port: number; host: string }> {
  const { host, port } = addressWanted(options);
  if (port === 0) return { host, port: await unsharedPort() };
  if (index > 1) return { host, port: await freePort(replicaPort(port, index)) };
  await requirePort(port, host);
  return { host, port };
}

function addressWanted({ environment, gatewayPort }: Pick<StackOptions, 'environment' | 'gatewayPort'>): {
  host: string;
  port: number;
} {
  const port = gatewayPort ?? Number(environment['POCKET_PORT'] ?? defaultGatewayPort);
  return { host: environment['POCKET_HOST'] ?? loopback, port };
}

/**
 * Fails early, before servers are installed and started: throws {@link StackError} when settings are wrong or the
 * gateway's port is taken.
 */
export async function checkStackOptions(options: Pick<StackOptions, 'environment' | 'gatewayPort'>): Promise<void> {
  checkEnvironment(options.environment, settingsOf(await readPrograms()));
  const { host, port } = addressWanted(options);
  if (port !== 0) await requirePort(port, host);
}

/** What every process may see, before its own host and port are added. */
async function sharedValues(planned: readonly Planned[], options: StackOptions): Promise<Environment> {
  const { infrastructure, environment, dataDir } = options;
  await mkdir(dataDir, { recursive: true });
  return {
    ...serviceUrls(planned),
    ...environment,
    POCKET_WALLET_SECRET_FILE: await ensureWalletSecret(options),
    DATABASE_URL: infrastructure.databaseUrl,
    NATS_URL: infrastructure.natsUrl,
    REDIS_URL: infrastructure.redisUrl,
    POCKET_REVEAL_PRIVATE_KEYS: revealPrivateKeys(environment),
  };
}

/** `POCKET_TX_POOL_URL` and its like: the addresses of each service's processes. */
function serviceUrls(planned: readonly Planned[]): Environment {
  const inner = serviceNames.filter((name) => name !== 'gateway');
  const entries = inner.map((name) => [
    `POCKET_${name.toUpperCase().replaceAll('-', '_')}_URL`,
    addressesOf(planned, name).join(','),
  ]);
  return Object.fromEntries(entries) as Environment;
}

function addressesOf(planned: readonly Planned[], name: ServiceName): string[] {
  return planned.filter(({ program }) => program.name === name).flatMap((one) => urlOf(one) ?? []);
}

function urlOf({ host: listensOn, port }: Planned): string | undefined {
  if (port === undefined) return undefined;
  const host = listensOn === '0.0.0.0' || listensOn === '::' ? loopback : listensOn;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Private keys leave the wallet only where nobody but this machine can ask for them. */
function revealPrivateKeys(environment: Environment): string {
  const host = environment['POCKET_HOST'] ?? loopback;
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
  const wanted = environment['POCKET_REVEAL_PRIVATE_KEYS'] ?? String(isLoopback);
  if (isLoopback || wanted !== 'true') return wanted;
  throw new StackError(
    `POCKET_REVEAL_PRIVATE_KEYS=true would show private keys to everybody who reaches ${host}: unset it, or let the gateway listen on 127.0.0.1.`,
  );
}

function createProcess(planned: Planned, shared: Environment, logDir: string, dataDir: string): ManagedStackProcess {
  const { name, program, port, host } = planned;
  const url = urlOf(planned);
  const values = { ...shared, POCKET_HOST: host, POCKET_PORT: port?.toString() };
  const definition: ProcessDefinition = {
    name,
    command: process.execPath,
    args: [program.entry],
    cwd: root,
    environment: environmentFor(Object.keys(program.settings), values),
    logFile: join(logDir, `${name}.log`),
    pidFile: join(dataDir, 'run', `${name}.json`),
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
    readyTimeoutMs,
    channel: true,
    probe: url === undefined ? undefined : readinessProbe(url),
  };
  return new ManagedStackProcess(definition, url);
}
