/**
 * The pool as blocks to come, by what a miner earns per byte: a transaction comes with those it needs, at the rate of all of
 * them together. A forecast by the pool alone; what a miner really takes is the miner's, and new transactions come. Pure.
 */
import { decodeTransaction, transactionSize } from '@pocket/chain';
import type { PoolEntryView } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';

export interface WaitingTransaction {
  txid: string;
  fee: bigint;
  sizeBytes: number;
  parents: readonly string[];
}

export interface BlockToCome {
  transactions: WaitingTransaction[];
  sizeBytes: number;
  fees: bigint;
  /** Base units a byte: the lowest, the middle and the highest in it. */
  rates: readonly [number, number, number];
}

/** What a block holds, without its header and coinbase. */
const BLOCK_BYTES = 999_000;

export function waitingOf(entries: readonly PoolEntryView[]): WaitingTransaction[] {
  return entries.flatMap(({ txid, hex, fee }) => {
    if (txid === null || hex === null) return [];
    const decoded = decodeTransaction(hexToBytes(hex));
    if (!decoded.ok) return [];
    const parents = decoded.transaction.inputs.map(({ prevout }) => prevout.txid);
    return [{ txid, fee: BigInt(fee ?? 0), sizeBytes: transactionSize(decoded.transaction), parents }];
  });
}

export const rateOf = ({ fee, sizeBytes }: { fee: bigint; sizeBytes: number }): number => Number(fee) / sizeBytes;

/** Best paid first; of the same rate the first come. */
export function forecast(waiting: readonly WaitingTransaction[], blockBytes = BLOCK_BYTES): BlockToCome[] {
  const byTxid = new Map(waiting.map((transaction) => [transaction.txid, transaction]));
  const packages = waiting.map((transaction) => withAncestors(transaction, byTxid));
  const order = packages.toSorted((left, right) => rateOf(right) - rateOf(left));
  const taken = new Set<string>();
  const blocks: WaitingTransaction[][] = [];
  let room = 0;
  for (const { members } of order)
    for (const member of members) {
      if (taken.has(member.txid)) continue;
      taken.add(member.txid);
      if (blocks.length === 0 || member.sizeBytes > room) {
        blocks.push([]);
        room = blockBytes;
      }
      blocks.at(-1)?.push(member);
      room -= member.sizeBytes;
    }
  return blocks.map(blockOf);
}

interface Package {
  /** Parents first. */
  members: WaitingTransaction[];
  fee: bigint;
  sizeBytes: number;
}

function withAncestors(transaction: WaitingTransaction, byTxid: ReadonlyMap<string, WaitingTransaction>): Package {
  const members = new Map<string, WaitingTransaction>();
  const add = (member: WaitingTransaction): void => {
    if (members.has(member.txid)) return;
    for (const parent of member.parents) {
      const waiting = byTxid.get(parent);
      if (waiting !== undefined) add(waiting);
    }
    members.set(member.txid, member);
  };
  add(transaction);
  const all = [...members.values()];
  return {
    members: all,
    fee: all.reduce((sum, { fee }) => sum + fee, 0n),
    sizeBytes: all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

function blockOf(transactions: WaitingTransaction[]): BlockToCome {
  const rates = transactions.map(rateOf).sort((left, right) => left - right);
  return {
    transactions,
    sizeBytes: transactions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    fees: transactions.reduce((sum, { fee }) => sum + fee, 0n),
    rates: [rates[0] ?? 0, rates[Math.floor(rates.length / 2)] ?? 0, rates.at(-1) ?? 0],
  };
}
