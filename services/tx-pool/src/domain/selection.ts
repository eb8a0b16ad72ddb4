/**
 * What a miner may take of the pool, and why not the rest. By arrival it is first come, first served, and nobody
 * overtakes. By fee rate it is Bitcoin Core's way: again and again the transaction that pays best together with those
 * it needs and that are not in yet, until nothing fits. Both are exact and the same for the same pool.
 */
import { encodeTransaction } from '@pocket/chain';
import type { CandidateQuery, CandidateTransactions, LeftOut } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { prematureCode, type PrematureCode } from './eviction.ts';
import { Heap } from './heap.ts';
import { compareArrival, feeRateOf, totalOf, walk, type PoolEntry } from './pool.ts';
import { nextHeight, type PoolState, type PoolTip } from './state.ts';

/** After so many packages in a row that did not fit, none is looked for any more. */
const MAX_MISSES = 1_000;

export function selectCandidates(query: CandidateQuery, { pool, tip }: PoolState): CandidateTransactions {
  const entries = [...pool.values()].sort(compareArrival);
  const held = heldBack(entries, tip);
  const free = entries.filter((entry) => !held.has(entry));
  const taken = query.order === 'arrival' ? firstCome(free, query) : bestPaying(free, query);
  return {
    tip: tip.blockHash ?? null,
    transactions: [...taken].map(({ txid, transaction, fee, receivedAt }) => {
      return { txid, hex: bytesToHex(encodeTransaction(transaction)), fee: fee.toString(), receivedAt };
    }),
    leftOut: query.explain
      ? entries.filter((entry) => !taken.has(entry)).map((entry) => explain(entry, { taken, held, query, tip }))
      : [],
  };
}

/** While a reorganization is under way some may be too early, and with them all that need them. */
function heldBack(entries: PoolEntry[], tip: PoolTip): Map<PoolEntry, PrematureCode | undefined> {
  const codes = new Map<PoolEntry, PrematureCode | undefined>();
  if (tip.reorganizedFrom === undefined) return codes;
  for (const entry of entries) {
    const code = prematureCode(entry, tip);
    if (code !== undefined || [...entry.parents].some((parent) => codes.has(parent))) codes.set(entry, code);
  }
  return codes;
}

function firstCome(entries: PoolEntry[], { limit, maxSizeBytes }: CandidateQuery): Set<PoolEntry> {
  const taken = new Set<PoolEntry>();
  let left = maxSizeBytes;
  for (const entry of entries) {
    left -= entry.sizeBytes;
    if (taken.size >= limit || left < 0) break;
    taken.add(entry);
  }
  return taken;
}

/** A transaction with those it needs and that are not taken yet. */
interface Package {
  readonly entry: PoolEntry;
  readonly count: number;
  readonly fee: bigint;
  readonly sizeBytes: number;
  readonly feeRate: number;
}

/** Of packages the best first; what pays well gains nothing by those it needs, as in Bitcoin Core. */
function packageOf(entry: PoolEntry, { count, fee, sizeBytes }: Pick<Package, 'count' | 'fee' | 'sizeBytes'>): Package {
  const feeRate = Math.min(feeRateOf(entry), feeRateOf({ fee, sizeBytes }));
  return { entry, count, fee, sizeBytes, feeRate };
}

function isBetter(left: Package, right: Package): boolean {
  if (left.feeRate !== right.feeRate) return left.feeRate > right.feeRate;
  return compareArrival(left.entry, right.entry) < 0;
}

function bestPaying(entries: PoolEntry[], { limit, maxSizeBytes }: CandidateQuery): Set<PoolEntry> {
  const taken = new Set<PoolEntry>();
  const packages = new Map(entries.map((entry) => [entry, packageOf(entry, totalOf(walk([entry], 'parents')))]));
  const heap = new Heap<Package>(isBetter);
  for (const each of packages.values()) heap.push(each);
  let left = maxSizeBytes;
  let misses = 0;
  for (let best = heap.pop(); best !== undefined && misses < MAX_MISSES; best = heap.pop()) {
    if (packages.get(best.entry) !== best) continue;
    packages.delete(best.entry);
    if (taken.size + best.count > limit || best.sizeBytes > left) {
      misses++;
      continue;
    }
    misses = 0;
    left -= best.sizeBytes;
    take(best.entry, taken, packages, heap);
  }
  return taken;
}

/** Takes a transaction behind those it needs; the packages of what needs any of them become smaller. */
function take(entry: PoolEntry, taken: Set<PoolEntry>, packages: Map<PoolEntry, Package>, heap: Heap<Package>): void {
  const added = [...walk([entry], 'parents')].filter((each) => !taken.has(each)).sort(compareArrival);
  for (const each of added) taken.add(each);
  const changed = new Set<PoolEntry>();
  for (const each of added) {
    packages.delete(each);
    for (const descendant of walk([each], 'children')) {
      const around = packages.get(descendant);
      if (around === undefined) continue;
      const { count, fee, sizeBytes } = around;
      const smaller = { count: count - 1, fee: fee - each.fee, sizeBytes: sizeBytes - each.sizeBytes };
      packages.set(descendant, packageOf(descendant, smaller));
      changed.add(descendant);
    }
  }
  for (const each of changed) {
    const around = packages.get(each);
    if (around !== undefined) heap.push(around);
  }
}

interface Choice {
  taken: Set<PoolEntry>;
  held: Map<PoolEntry, PrematureCode | undefined>;
  query: CandidateQuery;
  tip: PoolTip;
}

function explain(entry: PoolEntry, { taken, held, query, tip }: Choice): LeftOut {
  const { txid } = entry;
  const code = held.get(entry);
  if (code !== undefined) return { txid, code, message: `it is not valid at height ${nextHeight(tip)}` };
  const parent = [...entry.parents].find((each) => !taken.has(each));
  if (parent !== undefined)
    return { txid, code: 'parent-left-out', message: `it spends an output of ${parent.txid}, which is left out` };
  if (taken.size >= query.limit)
    return { txid, code: 'max-transactions', message: `no more than ${query.limit} transactions were asked for` };
  const whom = query.order === 'arrival' ? 'came first' : 'pay more a byte';
  const message = `its ${entry.sizeBytes} bytes do not fit into ${query.maxSizeBytes} beside those that ${whom}`;
  return { txid, code: 'block-full', message };
}
