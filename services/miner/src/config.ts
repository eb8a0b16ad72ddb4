/** The settings of the miner service and of its workers. The only reader of their environment. */
import Type from 'typebox';
import { commonSettings, eventSettings, portSetting, readSettings, urlSetting } from '@pocket/service-kit';

const redisUrl = Type.String({
  pattern: '^rediss?://',
  description: 'Redis server for the jobs of the miner. Or REDIS_URL_FILE, a file with it.',
});

export const settings = Type.Object({
  ...commonSettings,
  ...eventSettings,
  POCKET_PORT: portSetting(8083),
  REDIS_URL: redisUrl,
  POCKET_TX_POOL_URL: urlSetting('tx-pool', 8082),
  POCKET_CHAINSTATE_URL: urlSetting('chainstate', 8084),
});

export type MinerConfig = ReturnType<typeof readConfig>;

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
    redisUrl: given.REDIS_URL,
    poolUrl: given.POCKET_TX_POOL_URL,
    chainstateUrl: given.POCKET_CHAINSTATE_URL,
  });
}

export const workerSettings = Type.Object({
  ...commonSettings,
  POCKET_WORKER_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: 'Port on which a worker answers /healthz and /readyz. None, unless set.',
    }),
  ),
  POCKET_NAMESPACE: eventSettings.POCKET_NAMESPACE,
  REDIS_URL: redisUrl,
  POCKET_MINER_THREADS: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1_024,
      description: 'How many threads of a worker search at once. As many as the machine has cores, unless set.',
    }),
  ),
});

export type WorkerConfig = ReturnType<typeof readWorkerConfig>;

/** @throws SettingsError naming the setting that is missing, unknown or wrong. */
export function readWorkerConfig(environment: NodeJS.ProcessEnv) {
  const given = readSettings(workerSettings, environment);
  return Object.freeze({
    host: given.POCKET_HOST,
    port: given.POCKET_WORKER_PORT,
    logLevel: given.POCKET_LOG_LEVEL,
    namespace: given.POCKET_NAMESPACE,
    redisUrl: given.REDIS_URL,
    threads: given.POCKET_MINER_THREADS,
  });
}
