/** The settings of the tx-pool service. The only reader of its environment. */
import Type from 'typebox';
import { commonSettings, eventSettings, portSetting, readSettings, urlSetting } from '@pocket/service-kit';
import type { PoolPolicy } from './domain/policy.ts';

export const settings = Type.Object({
  ...commonSettings,
  ...eventSettings,
  POCKET_PORT: portSetting(8082),
  POCKET_WALLET_URL: urlSetting('wallet', 8081),
  POCKET_CHAINSTATE_URL: urlSetting('chainstate', 8084),
  POCKET_MIN_FEE_RATE: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1_000_000_000,
    description: 'What a transaction must pay to wait, in base units for 1,000 bytes. 0 lets free payments wait.',
  }),
  POCKET_MAX_POOL_BYTES: Type.Integer({
    default: 50_000_000,
    minimum: 1_000,
    maximum: 1_000_000_000,
    description: 'How many bytes of transactions wait at most; beyond it the cheapest are evicted.',
  }),
  POCKET_POOL_EXPIRY_HOURS: Type.Integer({
    default: 336,
    minimum: 1,
    maximum: 87_600,
    description: 'Hours after which a transaction that no block has taken is evicted.',
  }),
});

export type TxPoolConfig = ReturnType<typeof readConfig>;

/** @throws SettingsError naming the setting that is missing, unknown or wrong. */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const given = readSettings(settings, environment);
  const policy: PoolPolicy = {
    minFeeRate: BigInt(given.POCKET_MIN_FEE_RATE),
    maxPoolBytes: given.POCKET_MAX_POOL_BYTES,
    expiryHours: given.POCKET_POOL_EXPIRY_HOURS,
  };
  return Object.freeze({
    host: given.POCKET_HOST,
    port: given.POCKET_PORT,
    logLevel: given.POCKET_LOG_LEVEL,
    databaseUrl: given.DATABASE_URL,
    natsUrl: given.NATS_URL,
    namespace: given.POCKET_NAMESPACE,
    streamReplicas: given.POCKET_STREAM_REPLICAS,
    stateHashEvery: given.POCKET_STATE_HASH_EVERY,
    walletUrl: given.POCKET_WALLET_URL,
    chainstateUrl: given.POCKET_CHAINSTATE_URL,
    policy: Object.freeze(policy),
  });
}
