/** The pool: what waits for a block, which coins it would spend, and the tip all of it is valid on. */
import { CoinView, createdCoins, outpointKey, type Block, type BlockHash, type Transaction } from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';

export interface PoolTip {
  chainId: string;
  blockHash: BlockHash | undefined;
  height: number | undefined;
  /** Times of the last blocks, oldest first, for the median time past. */
  times: number[];
}

export interface PoolState {
  version: number;
  tip: PoolTip;
  /** Waiting transactions by txid, oldest first. */
  transactions: Map<string, Transaction>;
  /** Which waiting transaction spends a coin, by outpoint key. */
  spenders: Map<string, string>;
  /** The confirmed coins that the commands at hand need. */
  coins: CoinView;
}

export const POOL_STREAM = 'pool';
export const NO_TIP: PoolTip = { chainId: '', blockHash: undefined, height: undefined, times: [] };
const MEDIAN_TIME_SPAN = 11;

export function emptyPool(): PoolState {
  return { version: 0, tip: NO_TIP, transactions: new Map(), spenders: new Map(), coins: new CoinView() };
}

/** Takes one of the pool's own events into the state; `transaction` is the one accepted, decoded. */
export function evolve(state: PoolState, event: PoolEvent, transaction?: Transaction): void {
  switch (event.type) {
    case 'TransactionAccepted':
      if (transaction !== undefined) addTransaction(state, event.data.txid, transaction);
      return;
    case 'TransactionConfirmed':
    case 'TransactionEvicted':
      removeTransaction(state, event.data.txid);
      return;
    case 'PoolCleared':
      state.transactions.clear();
      state.spenders.clear();
      return;
    case 'FailedPaymentListed':
    case 'BlockFollowed':
      return;
    default:
      event satisfies never;
  }
}

export function addTransaction(state: PoolState, txid: string, transaction: Transaction): void {
  state.transactions.set(txid, transaction);
  for (const { prevout } of transaction.inputs) state.spenders.set(outpointKey(prevout), txid);
}

function removeTransaction(state: PoolState, txid: string): void {
  for (const { prevout } of state.transactions.get(txid)?.inputs ?? []) state.spenders.delete(outpointKey(prevout));
  state.transactions.delete(txid);
}

/** Follows the chain by one block: its coins and the tip. */
export function advanceTip(state: PoolState, block: Block, blockHash: BlockHash, height: number): void {
  for (const transaction of block.transactions) {
    for (const { prevout } of transaction.inputs) state.coins.spend(prevout);
    for (const { outpoint, coin } of createdCoins(transaction, height)) state.coins.add(outpoint, coin);
  }
  const times = [...state.tip.times, block.header.time].slice(-MEDIAN_TIME_SPAN);
  state.tip = { ...state.tip, blockHash, height, times };
}

/** Follows the chain to a new beginning. */
export function startChain(state: PoolState, chainId: string): void {
  state.tip = { ...NO_TIP, chainId };
  state.coins = new CoinView();
}
