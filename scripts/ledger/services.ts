/** The services that keep a log, with what a program beside them needs: the schema, the fold, and how to read the logs. */
import pg from 'pg';
import { eventSources, type EventSource } from '@pocket/contracts';
import { readStored, recordedEvent, type Fold, type FoldedTable, type ReadLog } from '@pocket/eventstore';
import { namingUnreadable } from '@pocket/service-kit';
import { chainFold } from '../../services/chainstate/src/projection.ts';
import { minerFold } from '../../services/miner/src/projection.ts';
import { poolFold } from '../../services/tx-pool/src/projection.ts';
import { walletFold } from '../../services/wallet/src/projection.ts';

export interface LedgerService {
  service: EventSource;
  /** Its Postgres schema. */
  schema: string;
  fold: Fold;
}

const folds: Record<EventSource, Fold> = {
  wallet: walletFold,
  'tx-pool': poolFold,
  miner: minerFold,
  chainstate: chainFold,
};

export const ledgerServices: readonly LedgerService[] = eventSources.map((service) => ({
  service,
  schema: schemaOf(service),
  fold: namingUnreadable(folds[service]),
}));

export function schemaOf(service: string): string {
  return service.replaceAll('-', '_');
}

/** What is in each table, for people: some have the one-letter names of the original. */
const tableContents: Record<EventSource, Record<string, string>> = {
  wallet: {
    wallets: 'wallets and their balances',
    coins: 'what the wallets own',
    payments: 'payments signed here',
    chain: 'the chain that is followed, and how far',
  },
  'tx-pool': {
    p: 'the pool: waiting transactions and failed payments',
    coins: 'unspent outputs',
    tip: 'the block that is followed',
    block_times: 'times of the last blocks',
  },
  miner: { searches: 'searches for a block', mining_mode: 'when the miner mines by itself' },
  chainstate: { b: 'blocks of all branches', l: 'the tip of the best chain', c: 'unspent outputs' },
};

/** A table's name with what is in it. */
export function tableTitle({ service }: Pick<LedgerService, 'service'>, { name }: Pick<FoldedTable, 'name'>): string {
  const contents = tableContents[service][name];
  return contents === undefined ? name : `${name} (${contents})`;
}

/** Each service with its tables, a line each. */
export function tableOverview(): string {
  return ledgerServices
    .map(
      (service) => `  ${service.service}: ${service.fold.tables.map((table) => tableTitle(service, table)).join(', ')}`,
    )
    .join('\n');
}

/** A server that does not accept a connection within the first, or does not answer within the second, hangs. */
export const CONNECT_WITHIN_MS = 10_000;
export const ANSWER_WITHIN_MS = 120_000;

/** A few connections for reading; times are UTC, so that the text of a row is what a service hashes. */
export function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 4,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    options: '-c TimeZone=UTC',
  });
  // A connection that breaks while nobody uses it is told by the next query.
  pool.on('error', () => undefined);
  return pool;
}

/** The logs of all services, read from their tables. */
export function logsOf(pool: pg.Pool): Record<string, ReadLog> {
  const entries = ledgerServices.map(({ service, schema }) => {
    const read: ReadLog = async (after, limit) => (await readStored(pool, schema, after, limit)).map(recordedEvent);
    return [service, read] as const;
  });
  return Object.fromEntries(entries);
}
