/** Where searches are kept: the log and the table of searches, one transaction for both. */
import type { MinerEvent } from '@pocket/contracts';
import { postgresAdapter, sql, Writer, type Decided, type EventLog, type Sql } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type MinerCommand } from './domain/decide.ts';
import { phaseAfter, type MinerState, type SearchPhase } from './domain/state.ts';

export { PrismaClient };
export type MinerWriter = Writer<MinerCommand, MinerState, undefined>;

export function openClient(databaseUrl: string): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter: postgresAdapter(databaseUrl, 'miner') });
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
    project: (decided) => project(decided),
    committed: (_state, events) => {
      for (const event of events) keepOpen(open, event as unknown as MinerEvent, event.version);
    },
  });
}

function keepOpen(open: MinerState['searches'], event: MinerEvent, version: number): void {
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
  const rows = unknown.length === 0 ? [] : await client.search.findMany({ where: { searchId: { in: unknown } } });
  const searches = new Map(
    rows.map(({ searchId, version, phase }) => [searchId, { version, phase: phase as SearchPhase }] as const),
  );
  for (const searchId of known) {
    const search = open.get(searchId);
    if (search !== undefined) searches.set(searchId, search);
  }
  return { searches };
}

interface SearchRow {
  ordinal: number | undefined;
  requested: Extract<MinerEvent, { type: 'MiningRequested' }>['data'] | undefined;
  versions: number;
  phase: SearchPhase;
  blockHash: string | null;
  nonce: number | null;
  reason: string | null;
}

/** All events of a search in a batch make one row or one update. */
function project(decided: Decided<MinerCommand>[]): Sql[] {
  const rows = new Map<string, SearchRow>();
  const events = decided.flatMap(({ events }) => events) as unknown as MinerEvent[];
  events.forEach((event, index) =>
    rows.set(event.data.searchId, changedRow(rows.get(event.data.searchId), event, index + 1)),
  );
  return [...rows].map(([searchId, row]) =>
    row.requested === undefined ? updateSearch(searchId, row) : insertSearch(row.requested, row),
  );
}

const UNTOUCHED = { ordinal: undefined, requested: undefined, versions: 0, blockHash: null, nonce: null, reason: null };

function changedRow(row: SearchRow | undefined, event: MinerEvent, offset: number): SearchRow {
  const changed = { ...UNTOUCHED, ...row, versions: (row?.versions ?? 0) + 1, phase: phaseAfter(event) };
  switch (event.type) {
    case 'MiningRequested':
      return { ...changed, requested: event.data, ordinal: offset };
    case 'BlockFound':
      return { ...changed, blockHash: event.data.blockHash, nonce: event.data.nonce };
    case 'BlockRefused':
    case 'MiningStopped':
      return { ...changed, reason: `${event.data.reason.code}: ${event.data.reason.message}` };
    default:
      return event satisfies never;
  }
}

function insertSearch(requested: NonNullable<SearchRow['requested']>, row: SearchRow): Sql {
  const { searchId, address, height, transactionCount } = requested;
  return sql`INSERT INTO searches (search_id, address, height, transaction_count, version, phase, block_hash, nonce, reason, ordinal)
    SELECT ${searchId}, ${address}, ${height}, ${transactionCount}, ${row.versions}, ${row.phase}, ${row.blockHash},
           ${row.nonce}::bigint, ${row.reason}, base + ${row.ordinal ?? 0} FROM head`;
}

function updateSearch(searchId: string, { versions, phase, blockHash, nonce, reason }: SearchRow): Sql {
  return sql`UPDATE searches SET version = version + ${versions}, phase = ${phase},
      block_hash = coalesce(${blockHash}, block_hash), nonce = coalesce(${nonce}::bigint, nonce), reason = ${reason}
    WHERE search_id = ${searchId}`;
}
