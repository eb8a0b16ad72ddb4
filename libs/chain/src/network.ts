// The parameters of a named network: everything about the protocol that is a choice and not a format.
// They stand in a chain's first event, so that a reader of the log knows by which rules it was made.

/** Base units of one sign unit, the unit of the original's API. */
export const UNIT = 100_000_000n;
/** No output, and no sum of outputs, may be above it. */
export const MAX_MONEY = 21_000_000n * UNIT;

/** The parameters as plain JSON: money as a decimal string. */
export interface NetworkDescription {
  readonly name: string;
  readonly addressVersion: number;
  readonly initialSubsidy: string;
  readonly halvingInterval: number | null;
  readonly initialBits: number;
  readonly powLimitBits: number;
  readonly retargeting: Retargeting | null;
  readonly coinbaseMaturity: number;
  readonly maxBlockSizeBytes: number;
  readonly maxFutureBlockTimeSeconds: number;
  readonly medianTimeSpan: number;
  readonly genesis: string | null;
}

/** How the target follows the speed of the miners. */
export interface Retargeting {
  /** Blocks between two changes of the target. */
  readonly intervalBlocks: number;
  /** The time a block is meant to take. */
  readonly targetSpacingSeconds: number;
}

export interface NetworkParameters {
  readonly name: string;
  /** First byte of every address. */
  readonly addressVersion: number;
  /** Base units a block at height 0 may create. */
  readonly initialSubsidy: bigint;
  /** Blocks after which the subsidy halves; null for never. */
  readonly halvingInterval: number | null;
  /** Base units a block at this height may create beside its fees. */
  readonly subsidy: (height: number) => bigint;
  /** The compact target of the first block. */
  readonly initialBits: number;
  /** The easiest compact target there may be. */
  readonly powLimitBits: number;
  /** null: every block has the initial target. */
  readonly retargeting: Retargeting | null;
  /** Blocks that must pass before a coinbase's output may be spent. */
  readonly coinbaseMaturity: number;
  readonly maxBlockSizeBytes: number;
  /** How far a block's time may be ahead of the clock. */
  readonly maxFutureBlockTimeSeconds: number;
  /** How many blocks the median time past is taken over. */
  readonly medianTimeSpan: number;
  /**
   * The block every chain of this network begins with, hex; null where whoever mines first makes it. Its coinbase
   * cannot be spent, as on Bitcoin's networks, and creates no coin here.
   */
  readonly genesis: string | null;
}

const HALVINGS_TO_ZERO = 64;

/** The first byte of every address on all networks here, as on Bitcoin's test networks. */
export const ADDRESS_VERSION = 0x6f;

/** Header and coinbase of the regression test network's first block (Bitcoin Core, CreateGenesisBlock). */
const REGTEST_GENESIS = [
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3',
  '888a51323a9fb8aa4b1e5e4adae5494dffff7f20020000000101000000010000000000000000000000000000000000000000000000000000',
  '000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e2062',
  '72696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe554827',
  '1967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f',
  'ac00000000',
].join('');

/** What the networks to learn with have in common. */
const LESSON = {
  addressVersion: ADDRESS_VERSION,
  initialSubsidy: '5000000000',
  halvingInterval: 210,
  powLimitBits: 0x1f00ffff,
  coinbaseMaturity: 10,
  maxBlockSizeBytes: 1_000_000,
  maxFutureBlockTimeSeconds: 7200,
  medianTimeSpan: 11,
  genesis: null,
};

/** The networks that ship ready-made, by name. */
export const networks = {
  pocket: networkOf({
    name: 'pocket',
    addressVersion: ADDRESS_VERSION,
    initialSubsidy: '1000000000',
    halvingInterval: null,
    initialBits: 0x1f100000,
    powLimitBits: 0x1f100000,
    retargeting: null,
    coinbaseMaturity: 0,
    maxBlockSizeBytes: 1_000_000,
    maxFutureBlockTimeSeconds: 7200,
    medianTimeSpan: 11,
    genesis: null,
  }),
  /** Bitcoin's regression test network (Bitcoin Core, CRegTestParams). */
  'bitcoin-regtest': networkOf({
    name: 'bitcoin-regtest',
    addressVersion: ADDRESS_VERSION,
    initialSubsidy: '5000000000',
    halvingInterval: 150,
    initialBits: 0x207fffff,
    powLimitBits: 0x207fffff,
    retargeting: null,
    coinbaseMaturity: 100,
    maxBlockSizeBytes: 1_000_000,
    maxFutureBlockTimeSeconds: 7200,
    medianTimeSpan: 11,
    genesis: REGTEST_GENESIS,
  }),
  /** Blocks every ten seconds, whatever the class's computers can do; money that halves within a lesson. */
  classroom: networkOf({
    ...LESSON,
    name: 'classroom',
    initialBits: 0x1e0fffff,
    retargeting: { intervalBlocks: 20, targetSpacingSeconds: 10 },
  }),
  /** A block a second: the target has followed the miners before half a minute is over. */
  sprint: networkOf({
    ...LESSON,
    name: 'sprint',
    initialBits: 0x1e0fffff,
    retargeting: { intervalBlocks: 10, targetSpacingSeconds: 1 },
  }),
  /** 268 million hashes for the first block already, and two minutes for each in the end. */
  marathon: networkOf({
    ...LESSON,
    name: 'marathon',
    initialBits: 0x1d0fffff,
    retargeting: { intervalBlocks: 10, targetSpacingSeconds: 120 },
  }),
} as const satisfies Record<string, NetworkParameters>;

export type NetworkName = keyof typeof networks;

/** The network of this name; undefined for a name that is none of `networks`. */
export function networkNamed(name: string): NetworkParameters | undefined {
  return Object.hasOwn(networks, name) ? networks[name as NetworkName] : undefined;
}

/** The parameters that `describeNetwork` described. */
export function networkOf(description: NetworkDescription): NetworkParameters {
  const { halvingInterval } = description;
  const initialSubsidy = BigInt(description.initialSubsidy);
  return Object.freeze({
    ...description,
    initialSubsidy,
    subsidy: (height: number) => subsidyAt(height, initialSubsidy, halvingInterval),
  });
}

/** The parameters as plain JSON, for the event that starts a chain. */
export function describeNetwork(network: NetworkParameters): NetworkDescription {
  return {
    name: network.name,
    addressVersion: network.addressVersion,
    initialSubsidy: network.initialSubsidy.toString(),
    halvingInterval: network.halvingInterval,
    initialBits: network.initialBits,
    powLimitBits: network.powLimitBits,
    retargeting: network.retargeting,
    coinbaseMaturity: network.coinbaseMaturity,
    maxBlockSizeBytes: network.maxBlockSizeBytes,
    maxFutureBlockTimeSeconds: network.maxFutureBlockTimeSeconds,
    medianTimeSpan: network.medianTimeSpan,
    genesis: network.genesis,
  };
}

function subsidyAt(height: number, initialSubsidy: bigint, halvingInterval: number | null): bigint {
  if (halvingInterval === null) return initialSubsidy;
  const halvings = Math.floor(height / halvingInterval);
  return halvings >= HALVINGS_TO_ZERO ? 0n : initialSubsidy >> BigInt(halvings);
}
