/** The settings of the gateway. The only reader of its environment. */
import Type from 'typebox';
import { commonSettings, eventSettings, portSetting, readSettings, urlSetting } from '@pocket/service-kit';

export const settings = Type.Object({
  ...commonSettings,
  NATS_URL: eventSettings.NATS_URL,
  POCKET_NAMESPACE: eventSettings.POCKET_NAMESPACE,
  POCKET_PORT: portSetting(8080),
  POCKET_WALLET_URL: urlSetting('wallet', 8081),
  POCKET_TX_POOL_URL: urlSetting('tx-pool', 8082),
  POCKET_MINER_URL: urlSetting('miner', 8083),
  POCKET_CHAINSTATE_URL: urlSetting('chainstate', 8084),
  POCKET_OPERATOR_PASSWORD_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'File with the password, 12 characters or more, that the gateway asks for before it does what operators do. Made by: openssl rand -hex 32.',
    }),
  ),
  POCKET_OPEN_ADMINISTRATION: Type.Optional(
    Type.Boolean({
      description:
        'Whether everybody who reaches the gateway may do what operators do. Where no password is named: true on loopback, else false, unless set.',
    }),
  ),
});

export type GatewayConfig = ReturnType<typeof readConfig>;

/** @throws SettingsError naming the setting that is missing, unknown or wrong. */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const given = readSettings(settings, environment);
  return Object.freeze({
    host: given.POCKET_HOST,
    port: given.POCKET_PORT,
    logLevel: given.POCKET_LOG_LEVEL,
    natsUrl: given.NATS_URL,
    namespace: given.POCKET_NAMESPACE,
    operatorPasswordFile: given.POCKET_OPERATOR_PASSWORD_FILE,
    openAdministration: given.POCKET_OPEN_ADMINISTRATION,
    urls: {
      wallet: given.POCKET_WALLET_URL,
      'tx-pool': given.POCKET_TX_POOL_URL,
      miner: given.POCKET_MINER_URL,
      chainstate: given.POCKET_CHAINSTATE_URL,
    },
  });
}
