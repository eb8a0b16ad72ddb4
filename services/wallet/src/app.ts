/** The wallet service put together: everything is registered here, explicitly. */
import { useFastestCryptography } from '@pocket/crypto/native';
import {
  createEventService,
  createServiceClient,
  logOf,
  Moments,
  SettingsError,
  type EventService,
} from '@pocket/service-kit';
import { addApi } from './api.ts';
import type { WalletConfig } from './config.ts';
import { openKeyVault } from './key-vault.ts';
import { keepHandingOver } from './payments.ts';
import { handedOver, secretFits } from './queries.ts';
import { clientOn, createWalletWriter, openClient, type PrismaClient, type Reader } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { walletFold } from './projection.ts';

export async function buildApp(config: WalletConfig): Promise<EventService> {
  await useFastestCryptography();
  const vault = await openKeyVault(config.secretFile);
  const client = openClient(config.databaseUrl);
  const migrations = new URL('../prisma/migrations', import.meta.url);
  const service = await createEventService({ service: 'wallet', config, client, migrations, fold: walletFold });
  if (!(await secretFits(client, vault)))
    throw new SettingsError(
      `POCKET_WALLET_SECRET_FILE: ${config.secretFile} does not open the keys stored here. Give the file they were encrypted with.`,
    );
  const writer = createWalletWriter(client, service.node.log, vault);
  const pool = createServiceClient('tx-pool', config.poolUrl);
  const chainstate = createServiceClient('chainstate', config.chainstateUrl);
  const payments = { handedOver: handedOver(client), writer, pool, node: service.node, logger: service.logger };
  const logs = { chainstate: logOf(chainstate), 'tx-pool': logOf(pool) };
  const moments = new Moments<Reader, PrismaClient>({
    service: 'wallet',
    databaseUrl: config.databaseUrl,
    fold: walletFold,
    client,
    open: clientOn,
    log: service.node.log,
    followed: logs,
  });
  addApi({ ...service, ...payments, client, moments, vault, revealPrivateKeys: config.revealPrivateKeys });
  await service.follow(subscriptionsOf(writer, logs), () => keepHandingOver(payments));
  const close = async () => {
    await service.close();
    await Promise.all([moments.close(), pool.close(), chainstate.close()]);
  };
  return { ...service, close };
}
