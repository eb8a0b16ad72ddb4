/** The chainstate service put together: everything is registered here, explicitly. */
import { randomUUID } from 'node:crypto';
import { networks } from '@pocket/chain';
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import { contextOfOwn, createEventService, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import type { ChainstateConfig } from './config.ts';
import { createChainWriter, openClient } from './store.ts';

export async function buildApp(config: ChainstateConfig): Promise<EventService> {
  await useFastestSecp256k1();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'chainstate', config, client, migrations });
  const writer = createChainWriter(client, service.node.log);
  addApi({ ...service, client, writer });
  const first = { type: 'StartChain' as const, chainId: randomUUID(), network: networks.pocket, onlyFirst: true };
  await writer.execute(first, contextOfOwn().metadata);
  await service.follow([]);
  return service;
}
