/**
 * The chain as its log tells it, step by step: every block connected or disconnected where it may be, the coins that
 * this leaves, and the tree of all blocks with what was invalidated. Nothing is believed but the events.
 */
import {
  BlockIndex,
  CoinView,
  createdCoins,
  decodeBlock,
  decodeCoins,
  decodeTransaction,
  spentCoins,
  type Block,
  type BlockHash,
  type Coin,
  type Transaction,
} from '@pocket/chain';
import { readEvent, type ChainEvent, type LogEventView } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { Breach } from './finding.ts';

/** A step of the best chain, as it concerns those who follow it. */
export interface ChainStep {
  readonly position: number;
  readonly type: 'connected' | 'disconnected';
  readonly blockHash: string;
  readonly height: number;
}

export interface ChainHistory {
  readonly network: string;
  readonly steps: readonly ChainStep[];
  /** Hashes of the best chain, lowest first. */
  readonly best: readonly string[];
  readonly coins: CoinView;
  readonly index: BlockIndex;
  /** Blocks that were connected or disconnected where they could not be. */
  readonly breaches: readonly Breach[];
}

interface Fold {
  network: string;
  steps: ChainStep[];
  best: string[];
  coins: CoinView;
  index: BlockIndex;
  breaches: Breach[];
}

type BlockData = Extract<ChainEvent, { type: 'BlockConnected' }>['data'];

/** Folds the whole log. Throws for an event that cannot be read. */
export function foldChain(events: readonly LogEventView[]): ChainHistory {
  const fold = emptyFold('');
  for (const recorded of events) apply(fold, recorded, readEvent('chainstate', recorded));
  return fold;
}

function emptyFold(network: string): Fold {
  return { network, steps: [], best: [], coins: new CoinView(), index: new BlockIndex(), breaches: [] };
}

/** What else a log says moves no block. */
function apply(fold: Fold, recorded: LogEventView, { type, data }: ChainEvent): void {
  if (type === 'ChainStarted')
    Object.assign(fold, { ...emptyFold(data.network), steps: fold.steps, breaches: fold.breaches });
  if (type === 'BlockStored' || type === 'BlockConnected')
    fold.index.add(data.blockHash as BlockHash, readBlock(data.block).header);
  if (type === 'BlockConnected') connect(fold, recorded, data);
  if (type === 'BlockDisconnected') disconnect(fold, recorded, data);
  if (type === 'BlockInvalidated') fold.index.invalidate(data.blockHash as BlockHash, data.reason);
  if (type === 'BlockReconsidered') fold.index.reconsider(data.reconsidered as BlockHash[]);
}

function connect(fold: Fold, recorded: LogEventView, data: BlockData): void {
  const { blockHash, height } = data;
  const block = readBlock(data.block);
  const below = fold.best.at(-1);
  const fits = height === fold.best.length && (below === undefined || block.header.previousBlockHash === below);
  if (!fits) breach(fold, recorded, `connects ${blockHash} at ${height} on top of ${below ?? 'nothing'}`);
  const spent = spentCoins(block, readCoins(data.undo));
  block.transactions.forEach((transaction, place) => {
    for (const { outpoint } of spent[place] ?? [])
      if (fold.coins.spend(outpoint) === undefined)
        breach(fold, recorded, `spends ${outpoint.txid}:${outpoint.vout}, which is no coin there`);
    for (const { outpoint, coin } of createdCoins(transaction, height)) fold.coins.add(outpoint, coin);
  });
  fold.best.push(blockHash);
  fold.steps.push({ position: recorded.position, type: 'connected', blockHash, height });
}

function disconnect(fold: Fold, recorded: LogEventView, data: BlockData): void {
  const { blockHash, height } = data;
  const tip = fold.best.at(-1);
  if (tip !== blockHash) breach(fold, recorded, `disconnects ${blockHash}, the tip is ${tip ?? 'nothing'}`);
  const block = readBlock(data.block);
  const spent = spentCoins(block, readCoins(data.undo));
  block.transactions.toReversed().forEach((transaction, back) => {
    for (const { outpoint } of createdCoins(transaction, height)) fold.coins.spend(outpoint);
    for (const { outpoint, coin } of spent[block.transactions.length - 1 - back] ?? []) fold.coins.add(outpoint, coin);
  });
  fold.best.pop();
  fold.steps.push({ position: recorded.position, type: 'disconnected', blockHash, height });
}

function breach(fold: Fold, { position, recordedAt }: LogEventView, text: string): void {
  fold.breaches.push({ text: `chainstate position ${position} ${text}`, atMs: Date.parse(recordedAt) });
}

/** Throws for bytes that are no block. */
export function readBlock(hex: string): Block {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`a block cannot be read: ${decoded.message}`);
  return decoded.block;
}

/** Throws for bytes that are no transaction. */
export function readTransaction(hex: string): Transaction {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`a transaction cannot be read: ${decoded.message}`);
  return decoded.transaction;
}

function readCoins(hex: string): Coin[] {
  const decoded = decodeCoins(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`undo data cannot be read: ${decoded.message}`);
  return decoded.coins;
}
