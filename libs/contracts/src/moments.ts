/**
 * The chain, the wallets and the pool as of a moment: what the gateway answers under `/v1`, and what it asks the services
 * about their logs to find where each of them stood then.
 */
import Type, { type Static } from 'typebox';
import { BlockView, ChainstateInfo, CoinView, WalletView } from './payloads.ts';
import { AmountText, Hash, Height, Hex, Nullable, UnixMilliseconds } from './primitives.ts';

/** The most blocks or coins a page holds. */
const PAGE_LIMIT = 1_000;
const PageLimit = Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, default: 100 });

/** Which moment; neither for the present, never both. */
export const moment = {
  at: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'As of when the block of this height of the present best chain was put on it.',
    }),
  ),
  atEvent: Type.Optional(
    Type.String({ maxLength: 50, description: 'As of an event, as log:position; position 0 is before everything.' }),
  ),
};
export const MomentQuery = Type.Object(moment, { additionalProperties: false });
export type MomentQuery = Static<typeof MomentQuery>;

export const blockRange = { from: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0 }), limit: PageLimit };
export const coinRange = {
  limit: PageLimit,
  after: Type.Optional(Type.String({ maxLength: 80, description: 'The outpoint that the page before ended with.' })),
};

export const BlockEntry = Type.Object({
  hash: Hash,
  height: Height,
  previousHash: Hash,
  /** Unix seconds. */
  time: Type.Integer(),
  /** The compact target, 8 hex digits. */
  bits: Type.String(),
  nonce: Type.Integer(),
  txids: Type.Array(Hash),
  sizeBytes: Type.Integer(),
  hex: Hex,
  /** When the pool first saw each transaction; null for the coinbase and for what came in the block. */
  firstSeen: Type.Array(Nullable(UnixMilliseconds)),
});
export type BlockEntry = Static<typeof BlockEntry>;

export const BlockList = Type.Object({
  /** Ascending by height. Fewer than asked for where they are large. */
  blocks: Type.Array(BlockEntry),
  /** Pass it as `from` for the blocks behind these; null where there are none. */
  next: Nullable(Height),
});
export type BlockList = Static<typeof BlockList>;

/** The same between services. */
export const BlockPage = Type.Object({ blocks: Type.Array(BlockView), next: Nullable(Height) });
export type BlockPage = Static<typeof BlockPage>;

const { chainId, network, ...counted } = ChainstateInfo.properties;

/** The chainstate counted, and a page of its coins. */
export const ChainstateView = Type.Object({
  /** null before the first chain was started. */
  chainId: Nullable(chainId),
  network: Nullable(network),
  ...counted,
  /** By txid and vout. */
  coins: Type.Array(CoinView),
  /** Pass it as `after` for the coins behind these; null where there are none. */
  next: Nullable(Type.String()),
});
export type ChainstateView = Static<typeof ChainstateView>;

/** A wallet without its private key. */
export const WalletEntry = Type.Object({
  address: WalletView.properties.address,
  publicKey: WalletView.properties.publicKey,
  /** Confirmed outputs only. */
  balance: AmountText,
  locked: Type.Boolean(),
});
export type WalletEntry = Static<typeof WalletEntry>;

const EventId = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', description: 'a UUID' });
/** ISO 8601, UTC. */
const Time = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });

/** What the services tell of an event, so that a cut through the logs can be made at it. */
export const EventPoint = Type.Object({
  position: Type.Integer({ minimum: 1 }),
  eventId: EventId,
  recordedAt: Time,
  causationId: Nullable(Type.String()),
});
export type EventPoint = Static<typeof EventPoint>;

/** Asks a log how far it had come at another log's event. */
export const CutQuery = Type.Object({
  recordedAt: Time,
  eventId: EventId,
});
export type CutQuery = Static<typeof CutQuery>;

export const LogPosition = Type.Object({ position: Type.Integer({ minimum: 0 }) });
export type LogPosition = Static<typeof LogPosition>;
