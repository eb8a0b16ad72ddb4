/** What an explorer asks: one block, one transaction, what an address has had, and the tree of all known blocks. */
import Type, { type Static } from 'typebox';
import { BlockEntry } from './moments.ts';
import { BlockView } from './payloads.ts';
import { AddressText, AmountText, Hash, Height, Hex, Nullable, UnixMilliseconds } from './primitives.ts';

const PAGE_LIMIT = 1_000;
const Reason = Type.Object({ code: Type.String(), message: Type.String() });

/** A coin that an input spends. */
export const SpentCoin = Type.Object({
  value: AmountText,
  scriptPubKey: Hex,
  /** Of the block that made it. */
  height: Height,
  coinbase: Type.Boolean(),
});
export type SpentCoin = Static<typeof SpentCoin>;

const standing = {
  /** Whether it is on the best chain. */
  onBestChain: Type.Boolean(),
  /** The blocks from it to the tip, both counted; null off the best chain. */
  confirmations: Nullable(Type.Integer({ minimum: 1 })),
  /** Why no chain may hold it; null where one may. */
  invalid: Nullable(Reason),
  /** The block above it on the best chain; null where there is none. */
  nextHash: Nullable(Hash),
  /** By transaction, without the coinbase, and by input; null for a block that never was on the best chain. */
  spent: Nullable(Type.Array(Type.Array(SpentCoin))),
};
/** One known block, of the best chain or of a branch. Between services. */
export const StandingBlock = Type.Object({ ...BlockView.properties, ...standing });
export type StandingBlock = Static<typeof StandingBlock>;
/** The same under `/v1`. */
export const BlockDetail = Type.Object({ ...BlockEntry.properties, ...standing });
export type BlockDetail = Static<typeof BlockDetail>;

const Place = Type.Object({
  blockHash: Hash,
  height: Height,
  /** Unix seconds. */
  time: Type.Integer(),
  /** From 0, the coinbase's. */
  index: Type.Integer({ minimum: 0 }),
});

/** One transaction: on the best chain, or waiting. */
export const TransactionDetail = Type.Object({
  txid: Hash,
  hex: Hex,
  sizeBytes: Type.Integer(),
  /** Where it stands on the best chain; null while it waits. */
  block: Nullable(Place),
  confirmations: Nullable(Type.Integer({ minimum: 1 })),
  /** When the pool first saw it. */
  firstSeen: Nullable(UnixMilliseconds),
  /** null for a coinbase. */
  fee: Nullable(AmountText),
  /** By input; null while it waits, and for a coinbase. */
  spent: Nullable(Type.Array(SpentCoin)),
  /** By output: which input of which confirmed transaction spends it; null where none does. */
  spentBy: Type.Array(Nullable(Type.Object({ txid: Hash, input: Type.Integer({ minimum: 0 }), height: Height }))),
});
export type TransactionDetail = Static<typeof TransactionDetail>;

export const historyRange = {
  limit: Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, default: 50 }),
  before: Type.Optional(Type.Integer({ minimum: 0, description: 'The height that the page before ended with.' })),
};
/** What a confirmed transaction did to an address. */
export const AddressEntry = Type.Object({
  txid: Hash,
  height: Height,
  blockHash: Hash,
  /** Unix seconds. */
  time: Type.Integer(),
  received: AmountText,
  sent: AmountText,
});
export type AddressEntry = Static<typeof AddressEntry>;
export const AddressHistory = Type.Object({
  address: AddressText,
  confirmedBalance: AmountText,
  unspentOutputs: Type.Integer({ minimum: 0 }),
  /** Newest first; a page holds whole blocks, and ends with the one that reaches the limit. */
  transactions: Type.Array(AddressEntry),
  /** Pass it as `before` for what is older; null where nothing is. */
  next: Nullable(Height),
});
export type AddressHistory = Static<typeof AddressHistory>;

export const branchRange = {
  from: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0, description: 'The lowest height.' }),
  limit: Type.Integer({ minimum: 1, maximum: PAGE_LIMIT, default: 200 }),
};
/** A block in the tree of all known blocks. */
export const BranchBlock = Type.Object({
  hash: Hash,
  previousHash: Hash,
  height: Height,
  /** Unix seconds. */
  time: Type.Integer(),
  onBestChain: Type.Boolean(),
  /** Whether it was ever checked in full. */
  checked: Type.Boolean(),
  invalid: Nullable(Reason),
});
export type BranchBlock = Static<typeof BranchBlock>;
/** Ascending by height; at one height in the order of arrival. */
export const BranchList = Type.Object({
  blocks: Type.Array(BranchBlock),
  /** Pass it as `from` for the higher ones; null where there are none. */
  next: Nullable(Height),
});
export type BranchList = Static<typeof BranchList>;
