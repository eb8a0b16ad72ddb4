/**
 * What services ask of one another over HTTP on the inner network. One schema gives type, validation and
 * documentation. The outer contracts (`/api/*`, `/v1/*`) belong to the gateway and the SDK.
 */
import Type, { type Static, type TSchema } from 'typebox';
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
const FreeText = Type.String({ pattern: '^[^\\u0000]*$' });

/** `to` and `from` are free text here: that they are addresses is a rule with an answer of its own. */
export const PaymentRequest = Type.Object({ from: FreeText, to: FreeText, amount: AmountText });
export type PaymentRequest = Static<typeof PaymentRequest>;
/** Payments are decided in their order and answered in it. */
export const PaymentRequests = batchOf(PaymentRequest);
export type PaymentOutcome =
  { ok: true; paymentId: string; txid: string } | { ok: false; code: string; message: string };

export const TransactionSubmission = Type.Object({ hex: Hex });
export type TransactionSubmission = Static<typeof TransactionSubmission>;
/** Transactions are judged in their order and answered in it. */
export const TransactionSubmissions = batchOf(TransactionSubmission);
export type TransactionOutcome = { ok: true; txid: string } | { ok: false; code: string; message: string };

export const PoolEntryView = Type.Object({
  txid: Nullable(Hash),
  from: Type.String(),
  to: Type.String(),
  amount: AmountText,
  hex: Nullable(Hex),
  receivedAt: UnixMilliseconds,
  reason: Nullable(Type.Object({ code: Type.String(), message: Type.String() })),
});
export type PoolEntryView = Static<typeof PoolEntryView>;

export const CandidateTransactions = Type.Object({
  /** The tip these candidates are valid on top of; null before the first block. */
  tip: Nullable(Hash),
  transactions: Type.Array(Type.Object({ txid: Hash, hex: Hex, fee: AmountText, receivedAt: UnixMilliseconds })),
});
export type CandidateTransactions = Static<typeof CandidateTransactions>;

export const MiningOrder = Type.Object({
  address: AddressText,
  maxTransactions: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** Where given, the block must get exactly this height. */
  height: Type.Optional(Height),
});
export type MiningOrder = Static<typeof MiningOrder>;

export const BlockReceipt = Type.Object({ blockHash: Hash, height: Height, chainId: Type.String() });
export type BlockReceipt = Static<typeof BlockReceipt>;

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
  chainId: Type.String(),
  hex: Hex,
  firstSeen: Type.Array(Nullable(UnixMilliseconds)),
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
});
export type LogEventView = Static<typeof LogEventView>;

export const DeadLetterView = Type.Object({
  id: Type.Integer(),
  source: Type.String(),
  position: Type.Integer(),
  error: Type.String(),
  attempts: Type.Integer(),
  event: LogEventView,
  recordedAt: Type.String({ format: 'date-time' }),
});
export type DeadLetterView = Static<typeof DeadLetterView>;
