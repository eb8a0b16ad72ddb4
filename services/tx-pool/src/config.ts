/** The settings of the tx-pool service. The only reader of its environment. */
import Type from 'typebox';
import { commonSettings, eventSettings, portSetting, readSettings, urlSetting } from '@pocket/service-kit';

export const settings = Type.Object({
  ...commonSettings,
  ...eventSettings,
  POCKET_PORT: portSetting(8082),
  POCKET_WALLET_URL: urlSetting('wallet', 8081),
  POCKET_CHAINSTATE_URL: urlSetting('chainstate', 8084),
});

export type TxPoolConfig = ReturnType<typeof readConfig>;

/** @throws SettingsError naming the setting that is missing, unknown or wrong. */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const given = readSettings(settings, environment);
  return Object.freeze({
    host: given.POCKET_HOST,
    port: given.POCKET_PORT,
    logLevel: given.POCKET_LOG_LEVEL,
    databaseUrl: given.DATABASE_URL,
    natsUrl: given.NATS_URL,
    namespace: given.POCKET_NAMESPACE,
    walletUrl: given.POCKET_WALLET_URL,
    chainstateUrl: given.POCKET_CHAINSTATE_URL,
  });
}
