/**
 * Where the servers of a test run come from: given by URL; in containers, where a Docker engine answers; else local
 * processes. TEST_SERVERS decides it, the tests are the same.
 */
import { dockerAnswers, serverImages, startInfrastructure, withoutPassword, type ServerUrls } from '@pocket/stack';
import { startContainers, type Containers } from './containers.ts';

export interface RunServers extends ServerUrls {
  /** Which of them somebody else runs and keeps. */
  given: string[];
  /** Each with where it comes from, in a line. */
  described: string[];
  stop(): Promise<void>;
}

export interface RunServersOptions {
  environment: Readonly<Record<string, string | undefined>>;
  /** Where local processes keep their data. */
  dataDir: string;
  signal: AbortSignal;
  print: (line: string) => void;
}

type Choice = 'containers' | 'processes' | undefined;

const GIVEN = ['DATABASE_URL', 'NATS_URL', 'REDIS_URL'];

/** @throws TypeError for a wrong TEST_SERVERS, and whatever keeps the servers from starting. */
export async function startRunServers(options: RunServersOptions): Promise<RunServers> {
  const choice = choiceOf(options.environment);
  if (choice === 'processes' || GIVEN.some((name) => options.environment[name])) return startProcesses(options);
  if (choice === 'containers') return startInContainers(options);
  if (!(await dockerAnswers(options.signal))) return startProcesses(options);
  try {
    return await startInContainers(options);
  } catch (error) {
    options.print(`Docker answers, but the servers do not start there (${reasonOf(error)}): local processes instead`);
    return startProcesses(options);
  }
}

function choiceOf({ TEST_SERVERS: choice }: RunServersOptions['environment']): Choice {
  if (choice === undefined || choice === '') return undefined;
  if (choice === 'containers' || choice === 'processes') return choice;
  throw new TypeError(`TEST_SERVERS is "${choice}": it must be containers or processes, or unset for what there is.`);
}

const NO_REAPER = 'TESTCONTAINERS_RYUK_DISABLED';

/** Where the reaper's image is not to be had, the run's own end has to do: it comes after failures and signals too. */
async function startInContainers({ print }: RunServersOptions): Promise<RunServers> {
  try {
    return inContainers(await startContainers());
  } catch (error) {
    if (process.env[NO_REAPER] === 'true') throw error;
    print(`The containers do not start with Testcontainers' reaper (${reasonOf(error)}): once more without it`);
    process.env[NO_REAPER] = 'true';
    return inContainers(await startContainers());
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function inContainers(containers: Containers): RunServers {
  const { databaseUrl, natsUrl, redisUrl } = containers;
  const places = { Postgres: [databaseUrl, 'postgres'], NATS: [natsUrl, 'nats'], Redis: [redisUrl, 'redis'] } as const;
  const described = Object.entries(places).map(
    ([label, [url, name]]) => `${label} for the tests: ${withoutPassword(url)} (container of ${serverImages[name]})`,
  );
  return { ...containers, described, given: [] };
}

async function startProcesses({ dataDir, environment, signal, print }: RunServersOptions): Promise<RunServers> {
  const infrastructure = await startInfrastructure({ dataDir, environment, signal, onProgress: print });
  const { servers, databaseUrl, natsUrl, redisUrl } = infrastructure;
  return {
    ...{ databaseUrl, natsUrl, redisUrl },
    described: servers.map(({ label, url, source }) => `${label} for the tests: ${withoutPassword(url)} (${source})`),
    given: servers.filter((server) => server.process === undefined).map(({ name }) => name),
    stop: () => infrastructure.stop({ removeData: true }),
  };
}
