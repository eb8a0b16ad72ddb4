/** When the miner mines by itself, and what an operator asks of it. */
import Type, { type Static } from 'typebox';
import { AddressText, AmountText, Hash, Height, Nullable } from './primitives.ts';

export const MiningModeName = Type.Union(
  [Type.Literal('manual'), Type.Literal('on-transaction'), Type.Literal('interval'), Type.Literal('continuous')],
  { description: 'one of manual, on-transaction, interval, continuous' },
);

const MAX_TRANSACTIONS = 100_000;
const MAX_INTERVAL_SECONDS = 86_400;

const MaxTransactions = Type.Integer({ minimum: 0, maximum: MAX_TRANSACTIONS });
const IntervalSeconds = Type.Integer({ minimum: 1, maximum: MAX_INTERVAL_SECONDS });

/**
 * `manual`: a block is made where somebody asks for one, and never else. `on-transaction`: as soon as a transaction waits.
 * `interval`: every so many seconds, also an empty one. `continuous`: one search after another, without end.
 */
export const MiningMode = Type.Object({
  mode: MiningModeName,
  /** Who is paid; null in manual mode, where every order names an address. */
  address: Nullable(AddressText),
  /** Besides the coinbase; null in manual mode. */
  maxTransactions: Nullable(MaxTransactions),
  /** null but in interval mode. */
  intervalSeconds: Nullable(IntervalSeconds),
});
export type MiningMode = Static<typeof MiningMode>;

/** What is read may be set as it is: null is as good as left out. */
export const MiningModeRequest = Type.Object(
  {
    mode: MiningModeName,
    address: Type.Optional(Nullable(AddressText)),
    maxTransactions: Type.Optional(Nullable(MaxTransactions)),
    intervalSeconds: Type.Optional(Nullable(IntervalSeconds)),
  },
  { additionalProperties: false },
);
export type MiningModeRequest = Static<typeof MiningModeRequest>;

const MAX_GENERATED = 1_000;
const UINT32_MAX = 0xffffffff;

/** Blocks made at once: `count` of them with what waits, or one with exactly these transactions. */
export const GenerateRequest = Type.Object(
  {
    address: AddressText,
    count: Type.Integer({ minimum: 1, maximum: MAX_GENERATED, default: 1 }),
    /** Of transactions that wait in the pool; an empty list makes an empty block. */
    txids: Type.Optional(Type.Array(Hash, { maxItems: MAX_TRANSACTIONS, uniqueItems: true })),
    /** Unix seconds of the first block; each further one is a second later. The clock's where it is not given. */
    timestamp: Type.Optional(Type.Integer({ minimum: 0, maximum: UINT32_MAX, description: 'Unix seconds' })),
  },
  { additionalProperties: false },
);
export type GenerateRequest = Static<typeof GenerateRequest>;

export const GeneratedBlocks = Type.Object({
  /** In the order of the chain. */
  hashes: Type.Array(Hash),
  /** Of the last one. */
  height: Height,
});
export type GeneratedBlocks = Static<typeof GeneratedBlocks>;

/** A search under way, as its miner said it a moment ago. */
export const SearchView = Type.Object({
  searchId: Type.String(),
  /** The block that is searched. */
  height: Height,
  previousBlockHash: Hash,
  /** The compact target, 8 hex digits. */
  bits: Type.String(),
  address: AddressText,
  /** With the coinbase. */
  transactionCount: Type.Integer({ minimum: 1 }),
  begunAt: Type.String({ format: 'date-time' }),
  /** So far, of slices that came back. */
  hashes: Type.Number({ minimum: 0 }),
  /** Hashes a second since it began. */
  hashRate: Type.Number({ minimum: 0 }),
  /** How many hashes it takes on the average: 2^256 / (target + 1). */
  expectedHashes: Type.Number({ minimum: 0 }),
  /** How likely it was to have found a block by now: 1 - e^(-hashes / expectedHashes). */
  probability: Type.Number({ minimum: 0, maximum: 1 }),
  /** The lowest hash so far, of slices that came back; null before the first of them. */
  bestHash: Nullable(Hash),
});
export type SearchView = Static<typeof SearchView>;

export const WorkerView = Type.Object({
  workerId: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  threads: Type.Integer({ minimum: 1 }),
  /** Which implementation of the search it runs. */
  kernel: Type.String(),
  /** Hashes a second, smoothed over its last slices, each by what it has tried and how long that took; null before the first. */
  hashRate: Nullable(Type.Number({ minimum: 0 })),
  /** Nonces it has found since it started. */
  found: Type.Integer({ minimum: 0 }),
  startedAt: Type.String({ format: 'date-time' }),
});
export type WorkerView = Static<typeof WorkerView>;

export const MinerView = Type.Object({
  mode: MiningMode,
  /** How long mode continuous mines nothing, because the chain's time is too far ahead of the clock; else 0. */
  waitsForClockSeconds: Type.Integer({ minimum: 0 }),
  /** Of all workers together; null before one of them has measured it. */
  hashRate: Nullable(Type.Number({ minimum: 0 })),
  workers: Type.Array(WorkerView),
  /** How the hash rates here come about, in words. */
  measured: Type.String(),
  /** What the next block must be. */
  template: Type.Object({
    height: Height,
    previousBlockHash: Hash,
    bits: Type.String(),
    /** 64 hex digits. */
    target: Hash,
    /** What waits and would be taken, without the coinbase: as many as the mode says, in manual mode as many as fit. */
    transactionCount: Type.Integer({ minimum: 0 }),
    /** Of these, base units. */
    fees: AmountText,
    expectedHashes: Type.Number({ minimum: 0 }),
    /** At the workers' hash rate; null where that is not known. */
    expectedSeconds: Nullable(Type.Number({ minimum: 0 })),
  }),
  searches: Type.Array(SearchView),
  /** Over all of the miner's history. Stale: found, and somebody else's block was faster. Refused: by a rule. */
  blocks: Type.Object({
    found: Type.Integer({ minimum: 0 }),
    stale: Type.Integer({ minimum: 0 }),
    refused: Type.Integer({ minimum: 0 }),
  }),
});
export type MinerView = Static<typeof MinerView>;
