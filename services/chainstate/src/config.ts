/** The settings of the chainstate service. The only reader of its environment. */
import Type from 'typebox';
import { networks, type NetworkName } from '@pocket/chain';
import { commonSettings, eventSettings, portSetting, readSettings } from '@pocket/service-kit';

const named = <N extends NetworkName>(name: N) => Type.Literal(name);

export const settings = Type.Object({
  ...commonSettings,
  ...eventSettings,
  POCKET_PORT: portSetting(8084),
  POCKET_NETWORK: Type.Optional(
    Type.Union([named('pocket'), named('bitcoin-regtest'), named('classroom'), named('sprint'), named('marathon')], {
      description: `Network of the chain: ${Object.keys(networks).join(', ')}. Chosen at the first start, pocket unless set; a chain keeps its network.`,
    }),
  ),
  POCKET_REORG_STEP_BYTES: Type.Integer({
    default: 32_000_000,
    minimum: 1,
    description: 'Bytes of blocks that one step of a reorganization holds in memory and commits at once.',
  }),
});

export type ChainstateConfig = ReturnType<typeof readConfig>;

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
    /** undefined: the one the chain has. */
    network: given.POCKET_NETWORK,
    reorgStepBytes: given.POCKET_REORG_STEP_BYTES,
  });
}
