/** The miner service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { createEventService, createLogger, createServiceClient, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import { openChanges } from './changes.ts';
import type { MinerConfig } from './config.ts';
import { openSearchJobs } from './jobs.ts';
import { createMinerWriter, openClient } from './store.ts';
import { minerFold } from './projection.ts';

export async function buildApp(config: MinerConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const jobs = await openSearchJobs(config.redisUrl, config.namespace, createLogger('miner', config.logLevel));
  const readiness = async () => ((await jobs.workers()).length > 0 ? [] : ['a miner worker']);
  const service = await createEventService({
    service: 'miner',
    config,
    client,
    migrations,
    fold: minerFold,
    readiness,
  });
  const writer = createMinerWriter(client, service.node.log);
  const pool = createServiceClient('tx-pool', config.poolUrl);
  const chainstate = createServiceClient('chainstate', config.chainstateUrl);
  const changes = openChanges(config);
  addApi({ ...service, writer, jobs, changes, pool, chainstate });
  await service.follow([]);
  const close = async () => {
    await service.close();
    await Promise.all([pool.close(), chainstate.close(), jobs.close(), changes.close()]);
  };
  return { ...service, close };
}
