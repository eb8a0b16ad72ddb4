/** The tx-pool service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { createEventService, createServiceClient, logOf, Moments, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import type { TxPoolConfig } from './config.ts';
import { clientOn, createPoolWriter, openClient, type PrismaClient, type Reader } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { keepSwept } from './sweeping.ts';
import { poolFold } from './projection.ts';

export async function buildApp(config: TxPoolConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'tx-pool', config, client, migrations, fold: poolFold });
  const writer = createPoolWriter(client, service.node.log, config.policy);
  const sources = {
    chainstate: createServiceClient('chainstate', config.chainstateUrl),
    wallet: createServiceClient('wallet', config.walletUrl),
  };
  const logs = { chainstate: logOf(sources.chainstate), wallet: logOf(sources.wallet) };
  const moments = new Moments<Reader, PrismaClient>({
    service: 'tx-pool',
    databaseUrl: config.databaseUrl,
    fold: poolFold,
    client,
    open: clientOn,
    log: service.node.log,
    followed: logs,
  });
  addApi({ ...service, client, moments, writer });
  await service.follow(subscriptionsOf(writer, logs), () => keepSwept({ writer, logger: service.logger }));
  const close = async () => {
    await service.close();
    await Promise.all([moments, ...Object.values(sources)].map((part) => part.close()));
  };
  return { ...service, close };
}
