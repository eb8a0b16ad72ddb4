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
  readonly retargeting: null;
  readonly coinbaseMaturity: number;
  readonly maxBlockSizeBytes: number;
  readonly maxFutureBlockTimeSeconds: number;
  readonly medianTimeSpan: number;
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
  readonly retargeting: null;
  /** Blocks that must pass before a coinbase's output may be spent. */
  readonly coinbaseMaturity: number;
  readonly maxBlockSizeBytes: number;
  /** How far a block's time may be ahead of the clock. */
  readonly maxFutureBlockTimeSeconds: number;
  /** How many blocks the median time past is taken over. */
  readonly medianTimeSpan: number;
}

const HALVINGS_TO_ZERO = 64;

/** The networks that ship ready-made, by name. */
export const networks = {
  pocket: networkOf({
    name: 'pocket',
    addressVersion: 0x6f,
    initialSubsidy: '1000000000',
    halvingInterval: null,
    initialBits: 0x1f100000,
    powLimitBits: 0x1f100000,
    retargeting: null,
    coinbaseMaturity: 0,
    maxBlockSizeBytes: 1_000_000,
    maxFutureBlockTimeSeconds: 7200,
    medianTimeSpan: 11,
  }),
} as const satisfies Record<string, NetworkParameters>;

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
  };
}

function subsidyAt(height: number, initialSubsidy: bigint, halvingInterval: number | null): bigint {
  if (halvingInterval === null) return initialSubsidy;
  const halvings = Math.floor(height / halvingInterval);
  return halvings >= HALVINGS_TO_ZERO ? 0n : initialSubsidy >> BigInt(halvings);
}
