/** The tx-pool service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { contextOfOwn, createEventService, createServiceClient, logOf, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import type { TxPoolConfig } from './config.ts';
import { createPoolWriter, openClient, type PoolWriter } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';

const SWEEP_MS = 60_000;

export async function buildApp(config: TxPoolConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'tx-pool', config, client, migrations });
  const writer = createPoolWriter(client, service.node.log, config.policy);
  addApi({ ...service, client, writer });
  const sources = {
    chainstate: createServiceClient('chainstate', config.chainstateUrl),
    wallet: createServiceClient('wallet', config.walletUrl),
  };
  const logs = { chainstate: logOf(sources.chainstate), wallet: logOf(sources.wallet) };
  await service.follow(subscriptionsOf(writer, logs), () => keepSwept(writer, service));
  const close = async () => {
    await service.close();
    await Promise.all(Object.values(sources).map((source) => source.close()));
  };
  return { ...service, close };
}

/** Sweeps the pool again and again; one that fails is made up for by the next. Returns how to end it. */
function keepSwept(writer: PoolWriter, { logger }: Pick<EventService, 'logger'>): () => void {
  const sweep = (): void => {
    const command = { type: 'SweepPool' as const, now: Date.now() };
    writer.execute(command, contextOfOwn().metadata).catch((error: unknown) => {
      logger.warn({ err: error }, 'pool was not swept');
    });
  };
  const timer = setInterval(sweep, SWEEP_MS);
  return () => clearInterval(timer);
}
