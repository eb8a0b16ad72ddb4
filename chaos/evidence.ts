/**
 * What there is to see after a run: everything the services tell over HTTP, whole, and what the clients were told. Plain
 * data, so that the judge can be shown any history. The one table that nobody tells over HTTP, the miner's searches, is
 * read from Postgres.
 */
import type { BlockView, ChainstateInfo, CoinView, DeadLetterView, EventSource } from '@pocket/contracts';
import { eventSources, type LogEventView, type PoolEntryView, type WalletView } from '@pocket/contracts';
import { serviceNames, type ServiceName } from '@pocket/stack';
import { logHeads } from '@pocket/testkit';
import pg from 'pg';
import type { Call } from './history.ts';
import type { Crash } from './kept-process.ts';
import { read, request } from './request.ts';
import type { System } from './system.ts';

/** A service's log as it is told, and how long it says it is. */
export interface SeenLog {
  readonly head: number;
  readonly events: readonly LogEventView[];
}

export interface SearchRow {
  readonly searchId: string;
  readonly phase: string;
  readonly version: number;
}

/** What the replicas of a service have answered to the same question, by process name. */
export interface SameQuestion {
  readonly path: string;
  readonly answers: Readonly<Record<string, string>>;
}

export interface Evidence {
  readonly calls: readonly Call[];
  readonly crashes: readonly Crash[];
  readonly logs: Readonly<Record<EventSource, SeenLog>>;
  /** Of the best chain, lowest first. */
  readonly blocks: readonly BlockView[];
  readonly coins: readonly CoinView[];
  readonly info: ChainstateInfo;
  readonly pool: readonly PoolEntryView[];
  readonly wallets: readonly WalletView[];
  readonly searches: readonly SearchRow[];
  readonly questions: readonly SameQuestion[];
  /** What each process with an address says is missing before it can serve. */
  readonly missing: Readonly<Record<string, readonly string[]>>;
  readonly deadLetters: Readonly<Record<EventSource, readonly Pick<DeadLetterView, 'source' | 'position' | 'error'>[]>>;
}

const WITHIN_MS = 15_000;
const PAGE = 1_000;

/** What replicas must agree on. */
const QUESTIONS: Readonly<Record<ServiceName, readonly string[]>> = {
  wallet: ['/wallets', '/log/head'],
  'tx-pool': ['/transactions', '/log/head'],
  miner: ['/log/head'],
  chainstate: ['/blocks', '/coins', '/tips', '/info', '/log/head'],
  gateway: ['/api/get_wallets', '/api/get_blocks', '/api/get_chainstate', '/api/get_pool', '/v1/chainstate/info'],
};

/** Leaders record what their tables hold, unasked and within a second: it is long between two of that. */
const MOST_GATHERINGS = 5;

/** All of one moment, between two events. Throws a NoAnswerError where a service cannot be asked. */
export async function gatherEvidence(system: System, calls: readonly Call[]): Promise<Evidence> {
  for (let gathering = 1; ; gathering++) {
    const evidence = await gather(system, calls);
    const heads = await logHeads(system);
    // Where something is written without an end, the judge shall see it.
    if (gathering === MOST_GATHERINGS || eventSources.every((source) => heads[source] === evidence.logs[source].head))
      return evidence;
  }
}

async function gather(system: System, calls: readonly Call[]): Promise<Evidence> {
  const ask = <T>(service: ServiceName, path: string): Promise<T> => read(system.urlOf(service) + path, WITHIN_MS);
  const of = async <T>(seen: (source: EventSource) => Promise<T>): Promise<Record<EventSource, T>> => {
    const entries = await Promise.all(eventSources.map(async (source) => [source, await seen(source)] as const));
    return Object.fromEntries(entries) as Record<EventSource, T>;
  };
  return {
    calls: [...calls],
    crashes: system.crashes(),
    logs: await of((source) => readLog(system.urlOf(source))),
    blocks: await ask('chainstate', '/blocks'),
    coins: await ask('chainstate', '/coins'),
    info: await ask('chainstate', '/info'),
    pool: await ask('tx-pool', '/transactions'),
    wallets: await ask('wallet', '/wallets'),
    searches: await readSearches(system.databaseUrl),
    questions: await askReplicas(system),
    missing: await readMissing(system),
    deadLetters: await of((source) => ask(source, '/dead-letters')),
  };
}

/** The whole log, page by page. */
export async function readLog(url: string): Promise<SeenLog> {
  const { position: head } = await read<{ position: number }>(`${url}/log/head`, WITHIN_MS);
  const events: LogEventView[] = [];
  for (;;) {
    const after = events.at(-1)?.position ?? 0;
    const page = await read<LogEventView[]>(`${url}/log?after=${after}&limit=${PAGE}`, WITHIN_MS);
    events.push(...page);
    if (page.length < PAGE) return { head, events };
  }
}

async function askReplicas(system: System): Promise<SameQuestion[]> {
  const asked = serviceNames.flatMap((service) => QUESTIONS[service].map((path) => ({ service, path })));
  return Promise.all(
    asked.map(async ({ service, path }) => {
      const addresses = [...system.addressesOf(service)];
      const answers = addresses.map(async ([name, url]) => [name, await readText(url + path)] as const);
      return { path: `${service} ${path}`, answers: Object.fromEntries(await Promise.all(answers)) };
    }),
  );
}

async function readText(url: string): Promise<string> {
  return JSON.stringify(await read(url, WITHIN_MS));
}

/** What is missing by process, as `/readyz` says; of a process that does not answer, itself. */
export async function readMissing(system: System): Promise<Record<string, string[]>> {
  const addresses = serviceNames.flatMap((service) => [...system.addressesOf(service)]);
  const answers = addresses.map(async ([name, url]) => [name, await missingAt(url)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

async function missingAt(url: string): Promise<string[]> {
  try {
    const { status, body } = await request('GET', `${url}/readyz`, { withinMs: WITHIN_MS });
    const { missing } = body as { missing?: string[] };
    if (missing !== undefined && missing.length > 0) return missing;
    return status === 200 ? [] : [`an answer of 200 instead of ${status}`];
  } catch (error) {
    return [`an answer (${String(error)})`];
  }
}

async function readSearches(connectionString: string): Promise<SearchRow[]> {
  const client = new pg.Client({ connectionString });
  // A connection that breaks also fails the query under way, which says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<SearchRow>(
      'SELECT search_id AS "searchId", phase, version FROM miner.searches ORDER BY ordinal',
    );
    return rows;
  } finally {
    await client.end();
  }
}
