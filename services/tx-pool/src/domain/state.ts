/** The pool: what waits for a block, which coins it would spend, and the tip all of it is valid on. */
import {
  CoinView,
  createdCoins,
  decodeTransaction,
  isCoinbase,
  medianTimePast,
  networks,
  NULL_BLOCK_HASH,
  type Block,
  type BlockHash,
  type Coin,
  type NamedCoin,
  type NetworkParameters,
  type Outpoint,
  type Transaction,
  type Txid,
} from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { Pool, type Waiting } from './pool.ts';

export interface PoolTip {
  chainId: string;
  network: NetworkParameters;
  blockHash: BlockHash | undefined;
  height: number | undefined;
  /** Times of the last blocks, oldest first: at least as many as the median time past is taken over. */
  times: number[];
  /** Height of the tip that a reorganization has left and not reached again yet; undefined when there is none. */
  reorganizedFrom: number | undefined;
}

export interface PoolState {
  version: number;
  tip: PoolTip;
  pool: Pool;
  /** Confirmed coins: those that the commands at hand need, and others known from earlier ones. */
  coins: CoinView;
  /** The tip that the last sweep has found. */
  sweptOn: BlockHash | undefined;
}

export const POOL_STREAM = 'pool';
/** How many times of blocks are kept; a disconnect takes one away, so that most find enough without reading. */
export const KEPT_TIMES = 128;
export const NO_TIP: PoolTip = {
  chainId: '',
  network: networks.pocket,
  blockHash: undefined,
  height: undefined,
  times: [],
  reorganizedFrom: undefined,
};

export function emptyPool(): PoolState {
  return { version: 0, tip: NO_TIP, pool: new Pool(), coins: new CoinView(), sweptOn: undefined };
}

/** Takes one of the pool's own events into the state; `waiting` is what it lets wait, where it is known already. */
export function evolve(state: PoolState, event: PoolEvent, waiting?: Waiting): void {
  switch (event.type) {
    case 'TransactionAccepted':
    case 'TransactionReturned':
      state.pool.add(waiting ?? waitingOf(event.data));
      return;
    case 'TransactionConfirmed':
    case 'TransactionEvicted':
      state.pool.remove(event.data.txid);
      return;
    case 'PoolCleared':
      state.pool.clear();
      return;
    case 'FailedPaymentListed':
    case 'BlockFollowed':
    case 'BlockUnfollowed':
      return;
    default:
      event satisfies never;
  }
}

interface StoredTransaction {
  txid: string;
  hex: string;
  fee: string | bigint;
  receivedAt: number;
  /** Only of what has come back from a block; everything else has waited since it arrived. */
  waitingSince?: number;
}

/** What waits, from its bytes. Throws for bytes that are no transaction: the pool has never let such wait. */
export function waitingOf(stored: StoredTransaction, coinbaseHeight?: number): Waiting {
  const { txid, hex, fee, receivedAt, waitingSince = receivedAt } = stored;
  const bytes = hexToBytes(hex);
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) throw new Error(`a transaction of the pool cannot be read: ${decoded.message}`);
  const { transaction } = decoded;
  const known = { txid: txid as Txid, transaction, fee: BigInt(fee), sizeBytes: bytes.length };
  return { ...known, receivedAt, waitingSince, coinbaseHeight };
}

/** The height of the block that waits to be made. */
export function nextHeight({ height }: Pick<PoolTip, 'height'>): number {
  return height === undefined ? 0 : height + 1;
}

/** Unix seconds, behind the blocks up to the tip. */
export function tipMedianTime({ times, network }: PoolTip): number {
  return medianTimePast(times, network.medianTimeSpan);
}

/** The coins that a transaction would spend: confirmed ones, and outputs of transactions that wait. */
export function coinsSpentBy(transaction: Transaction, state: PoolState): CoinView {
  const view = new CoinView();
  for (const { prevout } of transaction.inputs) {
    const coin = waitingCoin(prevout, state) ?? state.coins.get(prevout);
    if (coin !== undefined) view.add(prevout, coin);
  }
  return view;
}

/** As if the block that waits to be made had confirmed it. */
function waitingCoin({ txid, vout }: Outpoint, { pool, tip }: PoolState): Coin | undefined {
  const output = pool.get(txid)?.transaction.outputs[vout];
  return output === undefined ? undefined : { ...output, height: nextHeight(tip), coinbase: false };
}

/** Follows the chain by one block: its coins and the tip. */
export function advanceTip(state: PoolState, block: Block, blockHash: BlockHash, height: number): void {
  for (const transaction of block.transactions) {
    for (const { prevout } of isCoinbase(transaction) ? [] : transaction.inputs) state.coins.spend(prevout);
    for (const { outpoint, coin } of createdCoins(transaction, height)) state.coins.add(outpoint, coin);
  }
  const times = [...state.tip.times, block.header.time].slice(-KEPT_TIMES);
  state.tip = { ...state.tip, blockHash, height, times };
}

/** Takes the tip off; `spent` are the coins that its transactions spent, by transaction. */
export function retreatTip(state: PoolState, block: Block, spent: NamedCoin[][], height: number): void {
  for (let index = block.transactions.length - 1; index >= 0; index--) {
    const transaction = block.transactions[index];
    for (const { outpoint } of transaction === undefined ? [] : createdCoins(transaction, height))
      state.coins.spend(outpoint);
    for (const { outpoint, coin } of spent[index] ?? []) state.coins.add(outpoint, coin);
  }
  const { previousBlockHash } = block.header;
  state.tip = {
    ...state.tip,
    blockHash: previousBlockHash === NULL_BLOCK_HASH ? undefined : previousBlockHash,
    height: height === 0 ? undefined : height - 1,
    times: state.tip.times.slice(0, -1),
    reorganizedFrom: reorganizedFromAfter(state.tip.reorganizedFrom, { type: 'UnfollowBlock', height }),
  };
}

/**
 * Height of the tip that a reorganization has left, after one more block has come or gone; undefined when the chain is as
 * high as it was.
 */
export function reorganizedFromAfter(
  before: number | undefined,
  { type, height }: { type: 'FollowBlock' | 'UnfollowBlock'; height: number },
): number | undefined {
  if (type === 'UnfollowBlock') return Math.max(before ?? 0, height);
  return before === undefined || height >= before ? undefined : before;
}

/** Follows the chain to a new beginning. */
export function startChain(state: PoolState, chainId: string, network: NetworkParameters): void {
  state.tip = { ...NO_TIP, chainId, network };
  state.coins = new CoinView();
}
