/** The chainstate service put together: everything is registered here, explicitly. */
import { randomUUID } from 'node:crypto';
import { networks } from '@pocket/chain';
import { useFastestCryptography } from '@pocket/crypto/native';
import { contextOfOwn, createEventService, SettingsError, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import { execute, settle, type ChainParts } from './chain.ts';
import type { ChainstateConfig } from './config.ts';
import { readTip } from './queries.ts';
import { createChainWriter, openClient } from './store.ts';

export async function buildApp(config: ChainstateConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'chainstate', config, client, migrations });
  const writer = createChainWriter(client, service.node.log, config.reorgStepBytes);
  const parts = { client, writer, logger: service.logger, now: () => Math.floor(Date.now() / 1000) };
  await startFirst(parts, config);
  addApi({ ...service, ...parts });
  await service.follow([], () => goOn(parts));
  return service;
}

/** @throws SettingsError when the chain that is there belongs to another network than the setting names. */
async function startFirst(parts: ChainParts, { network }: ChainstateConfig): Promise<void> {
  const first = { type: 'StartChain', chainId: randomUUID(), network: networks[network ?? 'pocket'] } as const;
  await execute(parts, contextOfOwn(), { ...first, onlyFirst: true });
  const started = (await readTip(parts.client))?.tip.network;
  if (network !== undefined && started !== network)
    throw new SettingsError(
      `POCKET_NETWORK: this chain was started on ${started ?? 'none'} and cannot become one of ${network}. Set POCKET_NETWORK=${started ?? 'none'}, or begin with empty data.`,
    );
}

const SETTLE_AFTER_MS = 2_000;

/** The leader before this one may have died in the middle of a reorganization. Tries until it has gone well. */
function goOn(parts: ChainParts): () => void {
  const timer = setInterval(() => {
    settle(parts, contextOfOwn()).then(
      () => clearInterval(timer),
      (error: unknown) => parts.logger.warn({ err: error }, 'the best chain could not be settled yet'),
    );
  }, SETTLE_AFTER_MS);
  return () => clearInterval(timer);
}
