/** The tx-pool service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { createEventService, createServiceClient, logOf, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import type { TxPoolConfig } from './config.ts';
import { createPoolWriter, openClient } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { keepSwept } from './sweeping.ts';
import { poolFold } from './projection.ts';

export async function buildApp(config: TxPoolConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'tx-pool', config, client, migrations, fold: poolFold });
  const writer = createPoolWriter(client, service.node.log, config.policy);
  addApi({ ...service, client, writer });
  const sources = {
    chainstate: createServiceClient('chainstate', config.chainstateUrl),
    wallet: createServiceClient('wallet', config.walletUrl),
  };
  const logs = { chainstate: logOf(sources.chainstate), wallet: logOf(sources.wallet) };
  await service.follow(subscriptionsOf(writer, logs), () => keepSwept({ writer, logger: service.logger }));
  const close = async () => {
    await service.close();
    await Promise.all(Object.values(sources).map((source) => source.close()));
  };
  return { ...service, close };
}
