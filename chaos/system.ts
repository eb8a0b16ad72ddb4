/**
 * The real system in a folder of its own: own servers, all services with as many replicas as wanted, two miner workers,
 * and a wire between NATS and the services that can misbehave. Everything is kept running until a fault takes it away.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDatabase,
  serviceNames,
  StackError,
  startInfrastructure,
  startStack,
  type Infrastructure,
  type ServiceName,
  type Stack,
} from '@pocket/stack';
import { WORKERS, type Replicas } from './fault.ts';
import { KeptProcess, type Crash } from './kept-process.ts';
import { soundWire, type Wire } from './misdelivery.ts';
import { openNatsProxy } from './nats-proxy.ts';

export interface System {
  readonly dataDir: string;
  readonly logDir: string;
  readonly databaseUrl: string;
  readonly wire: Wire;
  /** Services, workers and servers by name. */
  readonly processes: ReadonlyMap<string, KeptProcess>;
  /** The addresses of all replicas of a service, by process name. */
  addressesOf(service: ServiceName): ReadonlyMap<string, string>;
  /** The first replica's address. */
  urlOf(service: string): string;
  crashes(): Crash[];
  /** NATS must be away. */
  deleteStreams(): Promise<void>;
  /** Ends all processes; with `removeData` only the logs are left. */
  stop(options: { removeData: boolean }): Promise<void>;
}

export interface SystemOptions {
  readonly replicas: Replicas;
  readonly onNote: (text: string) => void;
  readonly signal: AbortSignal;
}

const READABLE_BY_OTHERS = 0o755;

/** Throws a StackError with the remedy when something does not start; then nothing of it runs. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pocket-chaos-'));
  await chmod(dataDir, READABLE_BY_OTHERS); // Postgres runs as another user when we are root.
  options.onNote(`data and logs are in ${dataDir}`);
  const undos: (() => Promise<unknown>)[] = [];
  try {
    const shared = { dataDir, signal: options.signal, onProgress: options.onNote };
    const infrastructure = await startInfrastructure({ ...shared, environment: {}, unsharedPorts: true });
    undos.push(() => infrastructure.stop({ removeData: true }));
    requirePrograms(infrastructure);
    const { databaseUrl } = await createDatabase(infrastructure);
    const namespace = `chaos_${randomBytes(4).toString('hex')}`;
    const wire = soundWire();
    const proxy = await openNatsProxy(infrastructure.natsUrl, wire, `${namespace}.`);
    undos.push(() => proxy.close());
    const stack = await startStack({
      ...shared,
      infrastructure: { ...infrastructure, databaseUrl, natsUrl: proxy.url },
      environment: { POCKET_NAMESPACE: namespace },
      gatewayPort: 0,
      workers: WORKERS,
      replicas: Object.fromEntries(serviceNames.map((name) => [name, options.replicas])),
    });
    return systemOf({ dataDir, databaseUrl, wire, infrastructure, stack, proxy, onNote: options.onNote });
  } catch (error) {
    for (const undo of undos.reverse()) await undo();
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

/** A container outlives the kill -9 of the program that runs it. */
function requirePrograms({ servers }: Infrastructure): void {
  const strange = servers.filter(({ source }) => !source.startsWith('local process'));
  if (strange.length === 0) return;
  const labels = strange.map(({ label, source }) => `${label} (${source})`).join(', ');
  throw new StackError(
    `Servers that are to be killed must be programs of this machine, and these are not: ${labels}. Install them (apt-get install postgresql nats-server redis-server), then start again.`,
  );
}

interface Parts extends Pick<System, 'dataDir' | 'databaseUrl' | 'wire'> {
  readonly infrastructure: Infrastructure;
  readonly stack: Stack;
  readonly proxy: { close(): Promise<void> };
  readonly onNote: (text: string) => void;
}

function systemOf({ infrastructure, stack, proxy, onNote, ...known }: Parts): System {
  const processes = keptProcesses(infrastructure, stack, onNote);
  const addressesOf = (service: ServiceName): Map<string, string> => addresses(stack, service);
  return {
    ...known,
    logDir: stack.logDir,
    processes,
    addressesOf,
    urlOf: (service) => stack.process(service).url ?? '',
    crashes: () => [...processes.values()].flatMap(({ crashes }) => crashes),
    deleteStreams: () => rm(join(known.dataDir, 'nats', 'jetstream'), { recursive: true, force: true }),
    stop: async ({ removeData }) => {
      const isServer = ({ name }: KeptProcess): boolean =>
        infrastructure.servers.some((server) => server.name === name);
      const all = [...processes.values()];
      await Promise.all(all.filter((process) => !isServer(process)).map((process) => process.end()));
      await Promise.all(all.filter(isServer).map((process) => process.end()));
      await proxy.close();
      await infrastructure.stop({ removeData });
    },
  };
}

function keptProcesses(infrastructure: Infrastructure, stack: Stack, onNote: (text: string) => void) {
  const servers = infrastructure.servers.flatMap(({ name, process }) =>
    process === undefined ? [] : [[name as string, process] as const],
  );
  return new Map(
    [...stack.processes, ...servers].map(([name, process]) => [name, new KeptProcess(name, process, onNote)] as const),
  );
}

function addresses(stack: Stack, service: ServiceName): Map<string, string> {
  const isReplica = (name: string): boolean => name === service || /^-\d+$/.test(name.slice(service.length));
  return new Map(
    [...stack.processes].flatMap(([name, { url }]) =>
      name.startsWith(service) && isReplica(name) && url !== undefined ? [[name, url] as const] : [],
    ),
  );
}
