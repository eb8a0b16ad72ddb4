/** The services that keep a log, with what a program beside them needs: the schema, the fold, and how to read the logs. */
import pg from 'pg';
import { eventSources, type EventSource } from '@pocket/contracts';
import { readStored, recordedEvent, type Fold, type ReadLog } from '@pocket/eventstore';
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
  fold: folds[service],
}));

export function schemaOf(service: string): string {
  return service.replaceAll('-', '_');
}

/** A few connections for reading; times are UTC, so that the text of a row is what a service hashes. */
export function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4, options: '-c TimeZone=UTC' });
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
