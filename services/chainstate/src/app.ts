/** The chainstate service put together: everything is registered here, explicitly. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { describeNetwork, networks } from '@pocket/chain';
import { useFastestCryptography } from '@pocket/crypto/native';
import { contextOfOwn, createEventService, Moments, SettingsError, type EventService } from '@pocket/service-kit';
import { addApi } from './api.ts';
import { execute, keepSettling, settle, type ChainParts } from './chain.ts';
import type { ChainstateConfig } from './config.ts';
import { readTip, readTipOf } from './queries.ts';
import { knownNetwork } from './known-network.ts';
import { clientOn, createChainWriter, openClient, readParameters, type PrismaClient, type Reader } from './store.ts';
import { noteMentions } from './unnoted-blocks.ts';
import { waitingBlocks } from './waiting.ts';
import { chainFold } from './projection.ts';

export async function buildApp(config: ChainstateConfig): Promise<EventService> {
  await useFastestCryptography();
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'chainstate', config, client, migrations, fold: chainFold });
  await noteMentions(client);
  const { writer, remembered } = createChainWriter(client, service.node.log, config.reorgStepBytes);
  const tip = () => readTipOf(client, service.node.log, remembered);
  const now = () => Math.floor(Date.now() / 1000);
  const parts = { waiting: waitingBlocks(client), writer, logger: service.logger, now };
  await startFirst({ client, writer }, config);
  // Nothing is served before the chain is the best one that is known here.
  await settle(parts, contextOfOwn());
  const moments = new Moments<Reader, PrismaClient>({
    service: 'chainstate',
    databaseUrl: config.databaseUrl,
    fold: chainFold,
    client,
    open: clientOn,
    log: service.node.log,
    followed: {},
  });
  addApi({ ...service, ...parts, client, moments, tip });
  await service.follow([], () => keepSettling({ ...parts, head: () => service.node.log.head() }));
  const close = async () => {
    await service.close();
    await moments.close();
  };
  return { ...service, close };
}

/** @throws SettingsError when the chain that is there has another network than the setting names, or other rules of it. */
async function startFirst(
  parts: Pick<ChainParts, 'writer'> & { client: PrismaClient },
  { network }: ChainstateConfig,
): Promise<void> {
  const first = { type: 'StartChain', chainId: randomUUID(), network: networks[network ?? 'pocket'] } as const;
  await execute(parts, contextOfOwn(), { ...first, onlyFirst: true });
  const started = (await readTip(parts.client))?.tip.network;
  const parameters = await readParameters(parts.client);
  if (started !== undefined && !isDeepStrictEqual(parameters, { ...describeNetwork(knownNetwork(started)) }))
    throw new SettingsError(
      `This chain was started with other parameters of the network ${started} than this version has. Use the version that started it, or begin with empty data.`,
    );
  if (network !== undefined && started !== network)
    throw new SettingsError(
      `POCKET_NETWORK: this chain was started on ${started ?? 'none'} and cannot become one of ${network}. Set POCKET_NETWORK=${started ?? 'none'}, or begin with empty data.`,
    );
}
