/**
 * Every event of every service, as schemas from which the types follow. Events are facts in the past tense.
 * A change of shape gets a new `schemaVersion` here and an upcaster in upcasters.ts; a stored sample of every version
 * ever written lies in samples/ and is read by a test for ever.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { AddressText, AmountText, Hash, Height, Hex, Nullable, UnixMilliseconds } from './primitives.ts';
import { MiningMode } from './mining.ts';
import type { EventSource } from './services.ts';

interface EventDefinition {
  schemaVersion: number;
  data: TSchema;
}

const define = <T extends TSchema>(schemaVersion: number, data: T) => ({ schemaVersion, data });
const PaymentId = Type.String({ format: 'uuid' });
const Reason = Type.Object({ code: Type.String(), message: Type.String() });

export const walletEvents = {
  WalletCreated: define(1, Type.Object({ address: AddressText, publicKey: Hex })),
  PaymentSigned: define(
    1,
    Type.Object({
      paymentId: PaymentId,
      from: AddressText,
      to: AddressText,
      amount: AmountText,
      fee: AmountText,
      txid: Hash,
      hex: Hex,
    }),
  ),
  PaymentConfirmed: define(
    1,
    Type.Object({ paymentId: PaymentId, from: AddressText, txid: Hash, blockHash: Hash, height: Height }),
  ),
  /** The block that had confirmed it has left the best chain; the payment waits again. */
  PaymentUnconfirmed: define(
    1,
    Type.Object({ paymentId: PaymentId, from: AddressText, txid: Hash, blockHash: Hash, height: Height }),
  ),
  PaymentFailed: define(
    1,
    Type.Object({
      paymentId: PaymentId,
      from: Type.String(),
      to: Type.String(),
      amount: AmountText,
      txid: Nullable(Hash),
      reason: Reason,
    }),
  ),
  WalletsForgotten: define(1, Type.Object({ addresses: Type.Array(AddressText) })),
  /** A new chain has begun: nobody owns anything, and payments of the old one are over. */
  ChainFollowed: define(1, Type.Object({ chainId: Type.String(), network: Type.String() })),
};

const poolEntry = {
  txid: Hash,
  hex: Hex,
  from: Type.String(),
  to: Type.String(),
  amount: AmountText,
  fee: AmountText,
  receivedAt: UnixMilliseconds,
};

export const poolEvents = {
  TransactionAccepted: define(1, Type.Object(poolEntry)),
  TransactionConfirmed: define(1, Type.Object({ txid: Hash, blockHash: Hash, height: Height })),
  /** The block that held it has left the best chain; the transaction waits again, from `waitingSince` on. */
  TransactionReturned: define(1, Type.Object({ ...poolEntry, waitingSince: UnixMilliseconds, blockHash: Hash })),
  TransactionEvicted: define(1, Type.Object({ txid: Hash, reason: Reason })),
  FailedPaymentListed: define(
    1,
    Type.Object({
      paymentId: PaymentId,
      from: Type.String(),
      to: Type.String(),
      amount: AmountText,
      reason: Reason,
    }),
  ),
  PoolCleared: define(1, Type.Object({ chainId: Type.String() })),
  /** Said of every block, also where nothing waited for it: what was judged on the tip before must be judged again. */
  BlockFollowed: define(1, Type.Object({ blockHash: Hash, height: Height })),
  /** The same for a block that has left the best chain. */
  BlockUnfollowed: define(1, Type.Object({ blockHash: Hash, height: Height })),
};

export const minerEvents = {
  MiningRequested: define(
    1,
    Type.Object({
      searchId: Type.String(),
      address: AddressText,
      height: Height,
      previousBlockHash: Hash,
      bits: Type.Integer({ minimum: 0 }),
      transactionCount: Type.Integer({ minimum: 1 }),
    }),
  ),
  BlockFound: define(
    1,
    Type.Object({ searchId: Type.String(), blockHash: Hash, height: Height, nonce: Type.Integer({ minimum: 0 }) }),
  ),
  /** The block that was found is not on the chain: somebody else's was faster, or a rule refused it. */
  BlockRefused: define(1, Type.Object({ searchId: Type.String(), blockHash: Hash, reason: Reason })),
  MiningStopped: define(1, Type.Object({ searchId: Type.String(), reason: Reason })),
  /** When the miner mines by itself from now on. */
  MiningModeSet: define(1, MiningMode),
};

const storedBlock = {
  chainId: Type.String(),
  height: Height,
  blockHash: Hash,
  block: Hex,
  /** When the pool first saw each transaction, in block order; null for the coinbase and for strangers' own. */
  firstSeen: Type.Array(Nullable(UnixMilliseconds)),
};
/** A block of the best chain, with the coins it spent. */
const chainBlock = Type.Object({ ...storedBlock, undo: Hex });

export const chainEvents = {
  ChainStarted: define(
    2,
    Type.Object({
      chainId: Type.String(),
      network: Type.String(),
      parameters: Type.Intersect([Type.Record(Type.String(), Type.Unknown()), Type.Object({ genesis: Nullable(Hex) })]),
    }),
  ),
  BlockConnected: define(1, chainBlock),
  /** The tip has left the best chain; what it did to the coins is undone. */
  BlockDisconnected: define(1, chainBlock),
  /** A block that is not on the best chain: a branch that may yet become the heaviest. */
  BlockStored: define(1, Type.Object(storedBlock)),
  /** No chain may hold this block: its transactions broke a rule, or an operator has said so. */
  BlockInvalidated: define(1, Type.Object({ chainId: Type.String(), blockHash: Hash, reason: Reason })),
  /** The operator has taken it back for this block, the blocks below it and those above; these had been invalidated. */
  BlockReconsidered: define(
    1,
    Type.Object({ chainId: Type.String(), blockHash: Hash, reconsidered: Type.Array(Hash) }),
  ),
};

/** What the event store says in every log of it; no service decides it or follows it. */
export const logEvents = {
  /** What the tables held that are folded from the logs, when each was folded up to its position: SHA-256 by table. */
  StateHashed: define(
    1,
    Type.Object({ positions: Type.Record(Type.String(), Height), tables: Type.Record(Type.String(), Hash) }),
  ),
};

type EventOf<D extends Record<string, EventDefinition>> = {
  [K in keyof D]: { type: K; data: Static<D[K]['data']> };
}[keyof D];

export type WalletEvent = EventOf<typeof walletEvents>;
export type PoolEvent = EventOf<typeof poolEvents>;
export type MinerEvent = EventOf<typeof minerEvents>;
export type ChainEvent = EventOf<typeof chainEvents>;

export interface EventsBySource {
  wallet: WalletEvent;
  'tx-pool': PoolEvent;
  miner: MinerEvent;
  chainstate: ChainEvent;
}

/** The newest version of every event type of every log. */
export type EventCatalog = Record<EventSource, Record<string, EventDefinition>>;

export const eventCatalog: EventCatalog = {
  wallet: { ...walletEvents, ...logEvents },
  'tx-pool': { ...poolEvents, ...logEvents },
  miner: { ...minerEvents, ...logEvents },
  chainstate: { ...chainEvents, ...logEvents },
};
