/** Where searches are kept: the log and the table of searches, one transaction for both. */
import { PrismaPg } from '@prisma/adapter-pg';
import type { MinerEvent } from '@pocket/contracts';
import { sql, Writer, type Decided, type EventLog, type Sql } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type MinerCommand } from './domain/decide.ts';
import type { MinerState } from './domain/state.ts';

export { PrismaClient };
export type MinerWriter = Writer<MinerCommand, MinerState, undefined>;

export function openClient(databaseUrl: string): PrismaClient {
  const adapter = new PrismaPg({ connectionString: databaseUrl, options: '-c search_path=miner' }, { schema: 'miner' });
  return new PrismaClient({ adapter });
}

export function createMinerWriter(client: PrismaClient, log: EventLog): MinerWriter {
  return new Writer({
    log,
    load: (commands) => loadSearches(client, commands),
    versionOf: ({ searches }, stream) => searches.get(stream.replace(/^search-/, ''))?.version ?? 0,
    decide,
    project,
  });
}

const OPEN_VERSION = 1;
const ENDED_VERSION = 2;

async function loadSearches(client: PrismaClient, commands: MinerCommand[]): Promise<MinerState> {
  const searchIds = commands.flatMap((command) =>
    command.type === 'RequestMining'
      ? []
      : [command.type === 'RecordBlock' ? command.block.searchId : command.searchId],
  );
  const rows = searchIds.length === 0 ? [] : await client.search.findMany({ where: { searchId: { in: searchIds } } });
  const searches = rows.map(({ searchId, state }) => {
    const open = state === 'searching';
    return [searchId, { open, version: open ? OPEN_VERSION : ENDED_VERSION }] as const;
  });
  return { searches: new Map(searches) };
}

/** A search begins in one batch and ends in a later one, so no row is touched twice. */
function project(decided: Decided<MinerCommand>[]): Sql[] {
  const events = decided.flatMap(({ events }) => events) as unknown as MinerEvent[];
  return events.map((event, index) => projectEvent(event, index + 1));
}

function projectEvent(event: MinerEvent, offset: number): Sql {
  switch (event.type) {
    case 'MiningRequested': {
      const { searchId, address, height, transactionCount } = event.data;
      return sql`INSERT INTO searches (search_id, address, height, transaction_count, state, ordinal)
        SELECT ${searchId}, ${address}, ${height}, ${transactionCount}, 'searching', base + ${offset} FROM head`;
    }
    case 'BlockFound': {
      const { searchId, blockHash, nonce } = event.data;
      return sql`UPDATE searches SET state = 'found', block_hash = ${blockHash}, nonce = ${nonce} WHERE search_id = ${searchId}`;
    }
    case 'MiningStopped': {
      const { searchId, reason } = event.data;
      return sql`UPDATE searches SET state = 'stopped', reason = ${`${reason.code}: ${reason.message}`} WHERE search_id = ${searchId}`;
    }
    default:
      return event satisfies never;
  }
}
