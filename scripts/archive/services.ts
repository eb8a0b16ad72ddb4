/** The services as an archive must know them: what others' events mean something to each, and where its migrations lie. */
import type { ArchivedService } from '@pocket/archive';
import type { EventSource } from '@pocket/contracts';
import { followedEvents as followedByPool } from '../../services/tx-pool/src/subscriptions.ts';
import { followedEvents as followedByWallet } from '../../services/wallet/src/subscriptions.ts';
import { ledgerServices } from '../ledger/services.ts';

const follows: Record<EventSource, ArchivedService['follows']> = {
  wallet: followedByWallet,
  'tx-pool': followedByPool,
  miner: {},
  chainstate: {},
};

export const archivedServices: readonly ArchivedService[] = ledgerServices.map(({ service, schema, fold }) => ({
  name: service,
  schema,
  fold,
  follows: follows[service],
  migrations: new URL(`../../services/${service}/prisma/migrations`, import.meta.url),
}));
