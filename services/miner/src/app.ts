/** The miner service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { createEventService, createServiceClient, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import type { MinerConfig } from './config.ts';
import { openSearchJobs } from './jobs.ts';
import { createMinerWriter, openClient } from './store.ts';
import { minerFold } from './projection.ts';

export async function buildApp(config: MinerConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const jobs = await openSearchJobs(config.redisUrl, config.namespace);
  const readiness = async () => ((await jobs.workerCount()) > 0 ? [] : ['a miner worker']);
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
  addApi({ ...service, writer, jobs, pool, chainstate });
  await service.follow([]);
  const close = async () => {
    await service.close();
    await Promise.all([pool.close(), chainstate.close(), jobs.close()]);
  };
  return { ...service, close };
}
