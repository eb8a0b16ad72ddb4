/** Where searches are kept: the log and the table of searches, one transaction for both. */
import type { MinerEvent } from '@pocket/contracts';
import { postgresAdapter, Writer, type EventLog } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type MinerCommand } from './domain/decide.ts';
import { phaseAfter, type MinerState, type SearchPhase } from './domain/state.ts';
import { project } from './projection.ts';

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
    project: (decided) => project(decided.flatMap(({ events }) => events) as unknown as MinerEvent[]),
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
