/** The settings of the wallet service. The only reader of its environment. */
import Type from 'typebox';
import { commonSettings, eventSettings, portSetting, readSettings, urlSetting } from '@pocket/service-kit';

export const settings = Type.Object({
  ...commonSettings,
  ...eventSettings,
  POCKET_PORT: portSetting(8081),
  POCKET_TX_POOL_URL: urlSetting('tx-pool', 8082),
  POCKET_CHAINSTATE_URL: urlSetting('chainstate', 8084),
  POCKET_WALLET_SECRET_FILE: Type.String({
    minLength: 1,
    description:
      'File with 64 hex digits, the secret that private keys are encrypted with. Made by: openssl rand -hex 32.',
  }),
  POCKET_REVEAL_PRIVATE_KEYS: Type.Boolean({
    default: false,
    description: 'Whether the wallet list contains private keys. Only for a test stand on loopback.',
  }),
});

export type WalletConfig = ReturnType<typeof readConfig>;

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
    streamReplicas: given.POCKET_STREAM_REPLICAS,
    stateHashEvery: given.POCKET_STATE_HASH_EVERY,
    poolUrl: given.POCKET_TX_POOL_URL,
    chainstateUrl: given.POCKET_CHAINSTATE_URL,
    secretFile: given.POCKET_WALLET_SECRET_FILE,
    revealPrivateKeys: given.POCKET_REVEAL_PRIVATE_KEYS,
  });
}
