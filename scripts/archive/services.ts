/** The services as an archive must know them: what others' events mean something to each, and where its migrations lie. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArchivedService } from '@pocket/archive';
import type { EventSource } from '@pocket/contracts';
import { root } from '@pocket/stack';
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
  migrations: pathToFileURL(join(root, 'services', service, 'prisma/migrations')),
}));
