/** Where searches and the mode are kept: the log and the tables, one transaction for both. */
import type { MinerEvent, MiningMode } from '@pocket/contracts';
import { postgresAdapter, sql, Writer, type EventLog, withDirectStatements } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type MinerCommand } from './domain/decide.ts';
import { decideMode, MANUAL, type ModeState, type SetMode } from './domain/mode.ts';
import { phaseAfter, type MinerState, type SearchEvent, type SearchPhase } from './domain/state.ts';
import { project } from './projection.ts';

export { PrismaClient };
export type MinerWriter = Writer<MinerCommand, MinerState, undefined>;
export type ModeWriter = Writer<SetMode, ModeState, MiningMode>;

export function openClient(databaseUrl: string): PrismaClient {
  return withDirectStatements(
    postgresAdapter(databaseUrl, 'miner'),
    (adapter) => new PrismaClient({ errorFormat: 'minimal', adapter }),
  );
}

export function createMinerWriter(client: PrismaClient, log: EventLog): MinerWriter {
  // Searches under way in this process; nobody else ends them, so they need not be read back.
  let open: MinerState['searches'] = new Map();
  return new Writer({
    log,
    load: async (commands, fresh) => {
      if (fresh) open = new Map();
      return loadSearches(client, commands, open);
    },
    versionOf: ({ searches }, stream) => searches.get(stream.replace(/^search-/, ''))?.version ?? 0,
    decide,
    project: (decided) => project(decided.flatMap(({ events }) => events) as unknown as SearchEvent[]),
    committed: (_state, events) => {
      for (const event of events) keepOpen(open, event as unknown as SearchEvent, event.version);
    },
  });
}

function keepOpen(open: MinerState['searches'], event: SearchEvent, version: number): void {
  if (phaseAfter(event) === 'searching') open.set(event.data.searchId, { phase: 'searching', version });
  else open.delete(event.data.searchId);
}

async function loadSearches(
  client: PrismaClient,
  commands: MinerCommand[],
  open: MinerState['searches'],
): Promise<MinerState> {
  const known = new Set(commands.map(({ event }) => event.data.searchId));
  const begun = new Set(
    commands.flatMap(({ event }) => (event.type === 'MiningRequested' ? [event.data.searchId] : [])),
  );
  const unknown = [...known].filter((searchId) => !open.has(searchId) && !begun.has(searchId));
  const searches = new Map(unknown.length === 0 ? [] : await readSearches(client, unknown));
  for (const searchId of known) {
    const search = open.get(searchId);
    if (search !== undefined) searches.set(searchId, search);
  }
  return { searches };
}

async function readSearches(client: PrismaClient, searchIds: string[]) {
  const rows = await client.$queryRaw<{ searchId: string; version: number; phase: SearchPhase }[]>(
    sql`SELECT search_id AS "searchId", version, phase FROM searches WHERE search_id = ANY(${searchIds}::text[])`,
  );
  return rows.map(({ searchId, ...search }) => [searchId, search] as const);
}

/** Beside the writer of searches, as another replica's would be: the mode is set seldom. */
export function createModeWriter(client: PrismaClient, log: EventLog): ModeWriter {
  return new Writer<SetMode, ModeState, MiningMode>({
    log,
    load: () => readMode(client),
    versionOf: ({ version }) => version,
    decide: decideMode,
    project: (decided) => project(decided.flatMap(({ events }) => events) as unknown as MinerEvent[]),
  });
}

/** The mode as it was set last; manual before it ever was. */
export async function readMode(client: PrismaClient): Promise<ModeState> {
  const [row] = await client.$queryRaw<(MiningMode & { version: number })[]>(
    sql`SELECT mode, address, max_transactions AS "maxTransactions", interval_seconds AS "intervalSeconds", version
          FROM mining_mode WHERE id = 1`,
  );
  if (row === undefined) return { mode: MANUAL, version: 0 };
  const { version, ...mode } = row;
  return { mode, version };
}

export interface BlockCounts {
  found: number;
  stale: number;
  refused: number;
}

/** How the chainstate says that another block was faster. */
const OUTRUN = sql`(reason LIKE 'bad-prevblk:%' OR reason LIKE 'wrong-chain:%')`;

/** How many blocks were found over all of the history, and what became of those that are not on the chain. */
export async function countBlocks(client: PrismaClient): Promise<BlockCounts> {
  const [row] = await client.$queryRaw<[BlockCounts]>(
    sql`SELECT count(*) FILTER (WHERE block_hash IS NOT NULL)::int AS found,
               count(*) FILTER (WHERE phase = 'refused' AND ${OUTRUN})::int AS stale,
               count(*) FILTER (WHERE phase = 'refused' AND NOT ${OUTRUN})::int AS refused
          FROM searches`,
  );
  return row;
}
