/** The miner service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { createEventService, createLogger, createServiceClient, type EventService } from '@pocket/service-kit';
import { addAdmin } from './admin.ts';
import { addApi } from './api.ts';
import { keepMining } from './automatic.ts';
import { openChanges } from './changes.ts';
import type { MinerConfig } from './config.ts';
import { openSearchJobs } from './jobs.ts';
import { createMetrics } from './metrics.ts';
import { minerFold } from './projection.ts';
import { openProgressBoard } from './progress-board.ts';
import { countBlocks, createMinerWriter, createModeWriter, openClient, readMode } from './store.ts';

export async function buildApp(config: MinerConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const metrics = createMetrics();
  const log = createLogger('miner', config.logLevel);
  const jobs = await openSearchJobs(config.redisUrl, config.namespace, log, (times) => metrics.sliceTaken(times));
  const readiness = async () => {
    const workers = await jobs.workers().catch(() => undefined);
    if (workers === undefined) return ['Redis'];
    return workers.length > 0 ? [] : ['a miner worker'];
  };
  const service = await createEventService({
    service: 'miner',
    config,
    client,
    migrations,
    fold: minerFold,
    readiness,
    metrics: metrics.registry,
  });
  const { bus, node, logger } = service;
  const sources = {
    pool: createServiceClient('tx-pool', config.poolUrl),
    chainstate: createServiceClient('chainstate', config.chainstateUrl),
  };
  const changes = openChanges(config);
  const board = openProgressBoard(bus);
  const mining = { ...sources, writer: createMinerWriter(client, node.log), jobs, changes, board };
  const mode = { readMode: async () => (await readMode(client)).mode, modeWriter: createModeWriter(client, node.log) };
  const counting = { countBlocks: () => countBlocks(client) };
  addApi({ ...service, ...mining, ...mode, ...counting });
  metrics.readFrom({ workers: () => jobs.workers(), ...counting });
  await addAdmin({ ...service, jobs });
  await service.follow([], () => keepMining({ ...mining, ...mode, logger }));
  const close = async () => {
    board.close();
    await service.close();
    await Promise.all([sources.pool.close(), sources.chainstate.close(), jobs.close(), changes.close()]);
  };
  return { ...service, close };
}
