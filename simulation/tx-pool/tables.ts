/** The pool's read models in memory: tables p, coins, tip and block_times, and what their queries answer. */
import { CoinChanges, outpointKey, type BlockHash, type NamedCoin, type NetworkParameters } from '@pocket/chain';
import type { CandidateQuery, CandidateTransactions, PoolEvent } from '@pocket/contracts';
import type { Decided } from '@pocket/eventstore';
import type { PoolCommand } from '../../services/tx-pool/src/domain/commands.ts';
import type { PoolState, PoolTip } from '../../services/tx-pool/src/domain/state.ts';

/** A waiting transaction. */
export interface PoolRow {
  ordinal: number;
  txid: string;
  hex: string;
  fee: bigint;
  receivedAt: number;
  waitingSince: number;
}

export interface TipRow {
  chainId: string;
  network: NetworkParameters;
  blockHash: BlockHash | undefined;
  height: number | undefined;
  reorganizedFrom: number | undefined;
}

export interface PoolTables {
  readonly waiting: Map<string, PoolRow>;
  /** Payments that have failed, by payment id. */
  readonly failed: Set<string>;
  readonly coins: Map<string, NamedCoin>;
  tip: TipRow | undefined;
  /** Of the blocks of the best chain, by height. */
  readonly times: Map<number, number>;
}

export function emptyPoolTables(): PoolTables {
  return { waiting: new Map(), failed: new Set(), coins: new Map(), tip: undefined, times: new Map() };
}

/** Takes a batch in. @param state the pool after all of it. */
export function foldPool(
  tables: PoolTables,
  base: number,
  decided: readonly Decided<PoolCommand>[],
  { tip }: Pick<PoolState, 'tip'>,
): void {
  const start = decided.find(({ command }) => command.type === 'FollowStart')?.command;
  if (start?.type === 'FollowStart') startChain(tables, start);
  decided
    .flatMap(({ events }) => events)
    .forEach((event, index) => foldEvent(tables, event as unknown as PoolEvent, base + index + 1));
  foldBlocks(tables, decided, tip);
}

function startChain(tables: PoolTables, { chainId, network }: Pick<TipRow, 'chainId' | 'network'>): void {
  for (const table of [tables.coins, tables.times]) table.clear();
  tables.tip = { chainId, network, blockHash: undefined, height: undefined, reorganizedFrom: undefined };
}

function foldEvent({ waiting, failed }: PoolTables, event: PoolEvent, ordinal: number): void {
  switch (event.type) {
    case 'TransactionAccepted':
    case 'TransactionReturned': {
      const { txid, hex, fee, receivedAt } = event.data;
      const waitingSince = event.type === 'TransactionReturned' ? event.data.waitingSince : receivedAt;
      const row = { ordinal, txid, hex, fee: BigInt(fee), receivedAt, waitingSince };
      waiting.set(txid, row);
      return;
    }
    case 'TransactionConfirmed':
    case 'TransactionEvicted':
      waiting.delete(event.data.txid);
      return;
    case 'FailedPaymentListed':
      failed.add(event.data.paymentId);
      return;
    case 'PoolCleared':
      waiting.clear();
      failed.clear();
      return;
    case 'BlockFollowed':
    case 'BlockUnfollowed':
      return;
    default:
      event satisfies never;
  }
}

function foldBlocks(tables: PoolTables, decided: readonly Decided<PoolCommand>[], after: PoolTip): void {
  const changes = new CoinChanges();
  let any = false;
  for (const { command } of decided) {
    if (command.type !== 'FollowBlock' && command.type !== 'UnfollowBlock') continue;
    const { block, undo, height } = command;
    any = true;
    if (command.type === 'FollowBlock') changes.connect(block, undo, height);
    else changes.disconnect(block, undo, height);
    if (command.type === 'FollowBlock') tables.times.set(height, block.header.time);
    else tables.times.delete(height);
  }
  for (const outpoint of changes.removed()) tables.coins.delete(outpointKey(outpoint));
  for (const coin of changes.added()) tables.coins.set(outpointKey(coin.outpoint), coin);
  const { blockHash, height, reorganizedFrom } = after;
  if (any && tables.tip !== undefined) tables.tip = { ...tables.tip, blockHash, height, reorganizedFrom };
}

/** First come, first served; undefined while a reorganization is under way, when only memory can tell. */
export function firstCandidates(
  { waiting, tip }: PoolTables,
  { limit, maxSizeBytes }: Pick<CandidateQuery, 'limit' | 'maxSizeBytes'>,
): CandidateTransactions | undefined {
  if (tip?.reorganizedFrom !== undefined) return undefined;
  const rows = [...waiting.values()].sort(
    (left, right) => left.receivedAt - right.receivedAt || left.ordinal - right.ordinal,
  );
  let bytes = 0;
  const first = rows.slice(0, limit).filter(({ hex }) => (bytes += hex.length / 2) <= maxSizeBytes);
  return {
    tip: tip?.blockHash ?? null,
    transactions: first.map(({ txid, hex, fee, receivedAt }) => ({ txid, hex, fee: fee.toString(), receivedAt })),
    leftOut: [],
  };
}

/** Times of the highest blocks, oldest first, at most so many. */
export function lastTimes({ times }: PoolTables, count: number): number[] {
  return [...times]
    .sort(([left], [right]) => left - right)
    .slice(-count)
    .map(([, time]) => time);
}
