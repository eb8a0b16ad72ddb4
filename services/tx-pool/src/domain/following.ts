/**
 * What blocks that come and go do to the pool. A block takes out what it holds and what it has made impossible; a block
 * that is left gives back what it held. What is too early only on the way of a reorganization stays: it is looked at
 * once the chain is as high as before (or by the next sweep, where it never gets there).
 */
import {
  encodeTransaction,
  isCoinbase,
  outpointKey,
  spentCoins,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
  type Txid,
} from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import type { FollowBlock, UnfollowBlock } from './commands.ts';
import { evict, evictCheapest, evictedEvent, evictPremature } from './eviction.ts';
import { checkReturnedChain, checkStandard, conflictsOf, type PoolPolicy } from './policy.ts';
import type { Waiting } from './pool.ts';
import { waitingData, youngestCoinbase } from './recording.ts';
import { advanceTip, coinsSpentBy, evolve, reorganizedFromAfter, retreatTip, type PoolState } from './state.ts';

export function followBlock({ block, blockHash, height }: FollowBlock, state: PoolState): PoolEvent[] {
  const txids = block.transactions.map(txidOf).filter((txid) => state.pool.has(txid));
  const confirmed: PoolEvent[] = txids.map((txid) => ({
    type: 'TransactionConfirmed',
    data: { txid, blockHash, height },
  }));
  for (const event of confirmed) evolve(state, event);
  const conflicts = block.transactions.flatMap((transaction) => [...conflictsOf(transaction, state.pool)]);
  const message = `block ${blockHash} spends a coin of it, or of a transaction it needs`;
  const evicted = evict(state, conflicts, 'txn-mempool-conflict', message);
  advanceTip(state, block, blockHash, height);
  evicted.push(...endReorganization(state, height));
  const followed: PoolEvent = { type: 'BlockFollowed', data: { blockHash, height } };
  return [...confirmed, ...evicted, followed];
}

function endReorganization(state: PoolState, height: number): PoolEvent[] {
  const { reorganizedFrom: before } = state.tip;
  const reorganizedFrom = reorganizedFromAfter(before, { type: 'FollowBlock', height });
  if (before === reorganizedFrom) return [];
  state.tip = { ...state.tip, reorganizedFrom };
  return evictPremature(state);
}

export function unfollowBlock(command: UnfollowBlock, state: PoolState, policy: PoolPolicy): PoolEvent[] {
  const { block, undo, blockHash, height, now } = command;
  const spent = spentCoins(block, undo);
  retreatTip(state, block, spent, height);
  const txids = block.transactions.map(txidOf);
  const arrivals = arrivalsOf(command, txids, state);
  const events = block.transactions.flatMap((transaction, index): PoolEvent[] => {
    const txid = txids[index];
    if (txid === undefined || isCoinbase(transaction) || state.pool.has(txid)) return [];
    const times = { receivedAt: arrivals[index] ?? 0, waitingSince: now };
    const returned = returnOf(transaction, txid, spent[index] ?? [], times, state);
    return [takeBack(returned, blockHash, state)];
  });
  events.push(...evictOrphans(block, txids, state), ...evictCheapest(state, policy));
  events.push({ type: 'BlockUnfollowed', data: { blockHash, height } });
  return events;
}

/**
 * When each transaction of the block arrived: as it was first seen, else the time of the block; but before all that
 * needs it, in the block as in the pool, so that the order of arrival is one in which they can be mined.
 */
function arrivalsOf({ block, firstSeen }: UnfollowBlock, txids: Txid[], { pool }: PoolState): number[] {
  const latest = new Map<string, number>();
  const arrivals: number[] = [];
  for (let index = block.transactions.length - 1; index >= 0; index--) {
    const { inputs, outputs } = block.transactions[index] as Transaction;
    const txid = txids[index] as Txid;
    const spenders = outputs.flatMap((_, vout) => pool.spenderOf({ txid, vout }) ?? []);
    const before = Math.min(latest.get(txid) ?? Infinity, ...spenders.map(({ receivedAt }) => receivedAt - 1));
    const arrival = Math.max(0, Math.min(firstSeen[index] ?? block.header.time * 1_000, before));
    arrivals[index] = arrival;
    for (const { prevout } of inputs) latest.set(prevout.txid, Math.min(latest.get(prevout.txid) ?? Infinity, arrival));
  }
  return arrivals;
}

interface Returning {
  waiting: Waiting;
  hex: string;
  spent: NamedCoin[];
}

function returnOf(
  transaction: Transaction,
  txid: Txid,
  spent: NamedCoin[],
  times: Pick<Waiting, 'receivedAt' | 'waitingSince'>,
  state: PoolState,
): Returning {
  const bytes = encodeTransaction(transaction);
  const fee = sumOf(spent.map(({ coin }) => coin)) - sumOf(transaction.outputs);
  const coinbaseHeight = youngestCoinbase(transaction, coinsSpentBy(transaction, state));
  const waiting = { txid, transaction, fee, sizeBytes: bytes.length, ...times, coinbaseHeight };
  return { waiting, hex: bytesToHex(bytes), spent };
}

function sumOf(amounts: readonly { readonly value: bigint }[]): bigint {
  return amounts.reduce((sum, { value }) => sum + value, 0n);
}

/** Either it waits again, or it is said why not: somebody may wait for it. Its signatures were checked with the block. */
function takeBack({ waiting, hex, spent }: Returning, blockHash: string, state: PoolState): PoolEvent {
  const verdict = checkReturn(waiting, state);
  const event: PoolEvent = verdict.ok
    ? {
        type: 'TransactionReturned',
        data: {
          ...waitingData(waiting, hex, spent[0]?.coin, state.tip),
          waitingSince: waiting.waitingSince,
          blockHash,
        },
      }
    : evictedEvent(waiting.txid, verdict.code, verdict.message);
  evolve(state, event, waiting);
  return event;
}

function checkReturn(waiting: Waiting, state: PoolState) {
  const { transaction, sizeBytes } = waiting;
  const coins = coinsSpentBy(transaction, state);
  const missing = transaction.inputs.find(({ prevout }) => !coins.has(prevout));
  if (missing !== undefined) {
    const message = `its coin ${outpointKey(missing.prevout)} has left the chain with its block`;
    return { ok: false as const, code: 'bad-txns-inputs-missingorspent', message };
  }
  const [conflict] = conflictsOf(transaction, state.pool);
  if (conflict !== undefined) {
    const message = `the waiting transaction ${conflict.txid} spends a coin of it`;
    return { ok: false as const, code: 'txn-mempool-conflict', message };
  }
  const standard = checkStandard(transaction, sizeBytes);
  return standard.ok ? checkReturnedChain(waiting, state.pool) : standard;
}

/** What needs an output that went with the block: its reward, or a transaction that has not come back. */
function evictOrphans(block: Block, txids: Txid[], state: PoolState): PoolEvent[] {
  const orphans = block.transactions.flatMap(({ outputs }, index) => {
    const txid = txids[index];
    if (txid === undefined || state.pool.has(txid)) return [];
    return outputs.flatMap((_, vout) => state.pool.spenderOf({ txid, vout }) ?? []);
  });
  return evict(state, orphans, 'bad-txns-inputs-missingorspent', 'its coin, or one it needs, has left the chain');
}
