/**
 * What services ask of one another over HTTP on the inner network. One schema gives type, validation and
 * documentation. The outer contracts (`/api/*`, `/v1/*`) belong to the gateway and the SDK.
 */
import Type, { type Static, type TSchema } from 'typebox';
import type { RefusalDetails } from './errors.ts';
import { AddressText, AmountText, Hash, Height, Hex, Nullable, UnixMilliseconds } from './primitives.ts';

export const WalletView = Type.Object({
  address: AddressText,
  publicKey: Hex,
  /** 32 bytes, hex; null wherever private keys are not revealed. */
  privateKey: Nullable(Hex),
  /** Confirmed outputs only. */
  balance: AmountText,
  locked: Type.Boolean(),
});
export type WalletView = Static<typeof WalletView>;

const MAX_BATCH = 1_000;
const batchOf = <T extends TSchema>(item: T) => Type.Array(item, { minItems: 1, maxItems: MAX_BATCH });

/** Postgres keeps any text but the one character NUL. */
const FreeText = Type.String({ pattern: '^[^\\u0000]*$', description: 'a text without NUL' });

/** `to` and `from` are free text here: that they are addresses is a rule with an answer of its own. */
export const PaymentRequest = Type.Object({ from: FreeText, to: FreeText, amount: AmountText });
export type PaymentRequest = Static<typeof PaymentRequest>;
/** Payments are decided in their order and answered in it. */
export const PaymentRequests = batchOf(PaymentRequest);
export type PaymentOutcome =
  { ok: true; paymentId: string; txid: string } | { ok: false; code: string; message: string };

/** The event that has made a transaction, and the request that it belongs to. */
export const Cause = Type.Object({ eventId: Type.String(), correlationId: Type.String() });
export type Cause = Static<typeof Cause>;

/** Where no cause is named, it is the request itself. */
export const TransactionSubmission = Type.Object({ hex: Hex, cause: Type.Optional(Cause) });
export type TransactionSubmission = Static<typeof TransactionSubmission>;
/** Transactions are judged in their order and answered in it. */
export const TransactionSubmissions = batchOf(TransactionSubmission);
export type TransactionOutcome =
  | { ok: true; txid: string; fee: string; sizeBytes: number }
  | { ok: false; code: string; message: string; details?: RefusalDetails };

export const PoolEntryView = Type.Object({
  txid: Nullable(Hash),
  from: Type.String(),
  to: Type.String(),
  amount: AmountText,
  /** Base units; null for a payment that failed before it was a transaction. */
  fee: Nullable(AmountText),
  hex: Nullable(Hex),
  receivedAt: UnixMilliseconds,
  reason: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
});
export type PoolEntryView = Static<typeof PoolEntryView>;

/** Arrival: first come, first served, as in the original. Fee rate: what pays most per byte with its ancestors first. */
export const CandidateOrder = Type.Union([Type.Literal('arrival'), Type.Literal('fee-rate')], { default: 'arrival' });
export type CandidateOrder = Static<typeof CandidateOrder>;

export const CandidateQuery = Type.Object({
  limit: Type.Integer({ minimum: 0 }),
  /** What the transactions may take together. */
  maxSizeBytes: Type.Integer({ minimum: 0, default: 1_000_000 }),
  /** The signature checks their scripts may name together: a block's 20,000, without 100 for its coinbase. */
  maxSignatureOperations: Type.Integer({ minimum: 0, default: 19_900 }),
  order: CandidateOrder,
  /** Whether to say of each transaction left out why. */
  explain: Type.Boolean({ default: false }),
});
export type CandidateQuery = Static<typeof CandidateQuery>;

/** A transaction that a template leaves in the pool, and why. */
export const LeftOut = Type.Object({ txid: Hash, code: Type.String(), message: Type.String() });
export type LeftOut = Static<typeof LeftOut>;

export const CandidateTransactions = Type.Object({
  /** The tip these candidates are valid on top of; null before the first block. */
  tip: Nullable(Hash),
  /** What spends another's output comes behind it. */
  transactions: Type.Array(Type.Object({ txid: Hash, hex: Hex, fee: AmountText, receivedAt: UnixMilliseconds })),
  /** Empty unless asked for. */
  leftOut: Type.Array(LeftOut),
});
export type CandidateTransactions = Static<typeof CandidateTransactions>;

/** How much of the pool a block takes that is filled by arrival, without the transactions themselves. */
export const CandidateTotals = Type.Object({
  tip: Nullable(Hash),
  count: Type.Integer({ minimum: 0 }),
  sizeBytes: Type.Integer({ minimum: 0 }),
  fees: AmountText,
});
export type CandidateTotals = Static<typeof CandidateTotals>;
export const CandidateTotalsQuery = Type.Omit(CandidateQuery, ['order', 'explain']);
export type CandidateTotalsQuery = Static<typeof CandidateTotalsQuery>;

export const TemplateQuery = Type.Object({
  address: AddressText,
  maxTransactions: Type.Integer({ minimum: 0, default: 100_000 }),
  order: Type.Union([Type.Literal('arrival'), Type.Literal('fee-rate')], { default: 'fee-rate' }),
});
export type TemplateQuery = Static<typeof TemplateQuery>;

/** What an outside miner needs, by the names of BIP 22 and BIP 23. */
export const BlockTemplateView = Type.Object({
  version: Type.Integer(),
  previousblockhash: Hash,
  transactions: Type.Array(
    Type.Object({
      data: Hex,
      txid: Hash,
      hash: Hash,
      /** Places, from 1, of the transactions in this list that it spends from. */
      depends: Type.Array(Type.Integer({ minimum: 1 })),
      fee: Type.Integer(),
      sigops: Type.Integer(),
      weight: Type.Integer(),
    }),
  ),
  coinbaseaux: Type.Object({ flags: Type.String() }),
  /** Base units: the subsidy and the fees. */
  coinbasevalue: Type.Integer(),
  /** The coinbase that pays the address asked for; an extra nonce may be changed in it. */
  coinbasetxn: Type.Object({ data: Hex, txid: Hash }),
  merkleroot: Hash,
  target: Hash,
  mintime: Type.Integer(),
  mutable: Type.Array(Type.String()),
  noncerange: Type.String(),
  sigoplimit: Type.Integer(),
  sizelimit: Type.Integer(),
  curtime: Type.Integer(),
  /** The compact target, 8 hex digits. */
  bits: Type.String(),
  height: Height,
  network: Type.String(),
  leftOut: Type.Array(LeftOut),
});
export type BlockTemplateView = Static<typeof BlockTemplateView>;

export const MiningOrder = Type.Object({
  address: AddressText,
  maxTransactions: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** Where given, the block must get exactly this height. */
  height: Type.Optional(Height),
  /** Exactly these of the pool's transactions, instead of what it would choose. */
  txids: Type.Optional(Type.Array(Hash)),
  /** The block's time in unix seconds, instead of the clock's. */
  timestamp: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type MiningOrder = Static<typeof MiningOrder>;

export const BlockReceipt = Type.Object({
  blockHash: Hash,
  /** null while its parent is unknown. */
  height: Nullable(Height),
  chainId: Type.String(),
  onBestChain: Type.Boolean(),
  /** The unknown block this one waits for. */
  waitsFor: Nullable(Hash),
});
export type BlockReceipt = Static<typeof BlockReceipt>;

/** A leaf of the tree of blocks, by the names of Bitcoin's `getchaintips`. */
export const ChainTipView = Type.Object({
  height: Height,
  hash: Hash,
  branchlen: Type.Integer({ minimum: 0 }),
  status: Type.Union([
    Type.Literal('active'),
    /** Was checked in full and is not the best. */
    Type.Literal('valid-fork'),
    /** Its header and structure were checked, its coins were not. */
    Type.Literal('valid-headers'),
    Type.Literal('invalid'),
  ]),
});
export type ChainTipView = Static<typeof ChainTipView>;

/** What can be counted, so that nobody has to believe it. Amounts in base units. */
export const ChainstateInfo = Type.Object({
  chainId: Type.String(),
  network: Type.String(),
  blockHash: Nullable(Hash),
  height: Nullable(Height),
  unspentOutputs: Type.Integer({ minimum: 0 }),
  totalAmount: AmountText,
  /** What the blocks so far were allowed to create. */
  subsidies: AmountText,
  /** What their miners left of subsidies and fees: totalAmount + unclaimed = subsidies. */
  unclaimed: AmountText,
  /** Double SHA-256 over all coins, each serialized as in Bitcoin's `hash_serialized_3`, by txid bytes and index. */
  coinsHash: Hash,
});
export type ChainstateInfo = Static<typeof ChainstateInfo>;

/** Which chain this node keeps, and by what it checks signatures. */
export const NodeView = Type.Object({
  chainId: Nullable(Type.String()),
  network: Nullable(Type.String()),
  secp256k1: Type.String(),
});
export type NodeView = Static<typeof NodeView>;

/** Where the best chain stands after a block was invalidated or reconsidered. */
export const TipReceipt = Type.Object({ chainId: Type.String(), blockHash: Nullable(Hash), height: Nullable(Height) });
export type TipReceipt = Static<typeof TipReceipt>;

export const TipView = Type.Object({
  chainId: Type.String(),
  network: Type.String(),
  /** null before the first block. */
  blockHash: Nullable(Hash),
  height: Nullable(Height),
  /** What the next block must carry. */
  next: Type.Object({ height: Height, previousBlockHash: Hash, bits: Type.Integer(), medianTimePast: Type.Integer() }),
});
export type TipView = Static<typeof TipView>;

export const BlockSubmission = Type.Object({
  hex: Hex,
  /** The chain the block was made for; the present one where it is not given. */
  chainId: Type.Optional(Type.String()),
  firstSeen: Type.Optional(Type.Array(Nullable(UnixMilliseconds))),
  /** Refuses a block that does not build on the tip, instead of keeping it as a branch. */
  onlyOnTip: Type.Boolean({ default: false }),
});
export type BlockSubmission = Static<typeof BlockSubmission>;

export const BlockView = Type.Object({
  blockHash: Hash,
  height: Height,
  hex: Hex,
  firstSeen: Type.Array(Nullable(UnixMilliseconds)),
});
export type BlockView = Static<typeof BlockView>;

export const CoinView = Type.Object({
  txid: Hash,
  vout: Type.Integer({ minimum: 0 }),
  value: AmountText,
  scriptPubKey: Hex,
  height: Height,
});
export type CoinView = Static<typeof CoinView>;

export const ChainView = Type.Object({ chainId: Type.String() });
export type ChainView = Static<typeof ChainView>;

export const AddressView = Type.Object({ address: AddressText, confirmedBalance: AmountText });
export type AddressView = Static<typeof AddressView>;

export const LogEventView = Type.Object({
  position: Type.Integer({ minimum: 1 }),
  eventId: Type.String(),
  stream: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  type: Type.String(),
  schemaVersion: Type.Integer({ minimum: 1 }),
  data: Type.Unknown(),
  metadata: Type.Object({
    correlationId: Type.String(),
    causationId: Nullable(Type.String()),
    traceparent: Nullable(Type.String()),
  }),
  recordedAt: Type.String({ format: 'date-time' }),
  /** SHA-256, hex, over the hash before it, the position and the event; where it was asked for. */
  hash: Type.Optional(Type.String()),
});
export type LogEventView = Static<typeof LogEventView>;

const deadLetter = {
  /** The log that the event is in. */
  source: Type.String(),
  position: Type.Integer(),
  type: Type.String(),
  schemaVersion: Type.Integer(),
  /** What the last attempt to apply it met. */
  error: Type.String(),
  attempts: Type.Integer(),
  recordedAt: Type.String({ format: 'date-time' }),
};
/** An event that a service could not apply. */
export const DeadLetterView = Type.Object(deadLetter);
export type DeadLetterView = Static<typeof DeadLetterView>;
export const WholeDeadLetterView = Type.Object({ ...deadLetter, event: LogEventView });
export type WholeDeadLetterView = Static<typeof WholeDeadLetterView>;

/** What became of a replay; `running` where that is not known within the bound. */
export const ReplayView = Type.Object({
  source: Type.String(),
  position: Type.Integer(),
  state: Type.Union([Type.Literal('applied'), Type.Literal('running')]),
});
export type ReplayView = Static<typeof ReplayView>;

/** Which replica of a service leads, and since when. */
export const LeaderView = Type.Object({ instance: Type.String(), since: Type.String({ format: 'date-time' }) });
export type LeaderView = Static<typeof LeaderView>;

/** What `GET /readyz` of a service with a log says. */
export const ReadinessView = Type.Object({
  ready: Type.Boolean(),
  missing: Type.Array(Type.String()),
  /** This replica, `<host>:<pid>`. */
  instance: Type.String(),
  leads: Type.Boolean(),
  leader: Nullable(LeaderView),
});
export type ReadinessView = Static<typeof ReadinessView>;
