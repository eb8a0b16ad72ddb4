/**
 * What a miner may take of the pool. By arrival it is first come, first served, and nobody overtakes. By fee rate it is
 * Bitcoin Core's way: again and again the transaction that pays best together with those it needs and that are not in
 * yet; what does not fit is passed over, until nothing fits. Both keep a block's bytes and its signature operations,
 * and are exact and the same for the same pool. Of each left out it is said why, in one true sentence with its numbers.
 */
import { encodeTransaction } from '@pocket/chain';
import type { CandidateQuery, CandidateTransactions, LeftOut } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { prematureCode, type PrematureCode } from './eviction.ts';
import { Heap } from './heap.ts';
import { compareArrival, feeRateOf, totalOf, walk, type PoolEntry, type Total } from './pool.ts';
import { nextHeight, type PoolState, type PoolTip } from './state.ts';

/** What may still be taken. */
type Room = Omit<Total, 'fee'>;
type Limit = 'max-transactions' | 'block-full' | 'block-sigops';

interface Choice {
  readonly taken: ReadonlySet<PoolEntry>;
  /** What those that are taken have left. */
  readonly room: Room;
  /** By arrival, the first that did not fit: nobody overtakes it. */
  readonly stopper: PoolEntry | undefined;
}

interface Reasons extends Choice {
  readonly held: ReadonlyMap<PoolEntry, PrematureCode | undefined>;
  readonly query: CandidateQuery;
  readonly tip: PoolTip;
}

export function selectCandidates(query: CandidateQuery, { pool, tip }: PoolState): CandidateTransactions {
  const entries = [...pool.values()].sort(compareArrival);
  const held = heldBack(entries, tip);
  const free = entries.filter((entry) => !held.has(entry));
  const choice = query.order === 'arrival' ? firstCome(free, roomOf(query)) : bestPaying(free, roomOf(query));
  const { taken } = choice;
  return {
    tip: tip.blockHash ?? null,
    transactions: [...taken].map(({ txid, transaction, fee, receivedAt }) => {
      return { txid, hex: bytesToHex(encodeTransaction(transaction)), fee: fee.toString(), receivedAt };
    }),
    leftOut: query.explain
      ? entries.filter((entry) => !taken.has(entry)).map((entry) => explain(entry, { ...choice, held, query, tip }))
      : [],
  };
}

function roomOf({ limit, maxSizeBytes, maxSignatureOperations }: CandidateQuery): Room {
  return { count: limit, sizeBytes: maxSizeBytes, signatureOperations: maxSignatureOperations };
}

function without(room: Room, { count, sizeBytes, signatureOperations }: Room): Room {
  return {
    count: room.count - count,
    sizeBytes: room.sizeBytes - sizeBytes,
    signatureOperations: room.signatureOperations - signatureOperations,
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

function firstCome(entries: PoolEntry[], whole: Room): Choice {
  const taken = new Set<PoolEntry>();
  let room = whole;
  for (const entry of entries) {
    const wanted = { ...entry, count: 1 };
    if (limitOf(wanted, room) !== undefined) return { taken, room, stopper: entry };
    room = without(room, wanted);
    taken.add(entry);
  }
  return { taken, room, stopper: undefined };
}

/** A transaction with those it needs and that are not taken yet. */
interface Package extends Total {
  readonly entry: PoolEntry;
  readonly feeRate: number;
}

/** Of packages the best first; what pays well gains nothing by those it needs, as in Bitcoin Core. */
function packageOf(entry: PoolEntry, total: Total): Package {
  return { ...total, entry, feeRate: Math.min(feeRateOf(entry), feeRateOf(total)) };
}

function isBetter(left: Package, right: Package): boolean {
  if (left.feeRate !== right.feeRate) return left.feeRate > right.feeRate;
  return compareArrival(left.entry, right.entry) < 0;
}

/** What does not fit never will: whatever of it is taken later takes as much of the room. */
function bestPaying(entries: PoolEntry[], whole: Room): Choice {
  const taken = new Set<PoolEntry>();
  const packages = new Map(entries.map((entry) => [entry, packageOf(entry, totalOf(walk([entry], 'parents')))]));
  const heap = new Heap<Package>(isBetter);
  for (const each of packages.values()) heap.push(each);
  const smallest = smallestOf(entries);
  let room = whole;
  for (let best = heap.pop(); best !== undefined && limitOf(smallest, room) === undefined; best = heap.pop()) {
    if (packages.get(best.entry) !== best) continue;
    packages.delete(best.entry);
    if (limitOf(best, room) !== undefined) continue;
    room = without(room, best);
    take(best.entry, taken, packages, heap);
  }
  return { taken, room, stopper: undefined };
}

/** What even the smallest needs: with less room than that nothing fits. */
function smallestOf(entries: PoolEntry[]): Room {
  const least = { count: 1, sizeBytes: Infinity, signatureOperations: Infinity };
  for (const { sizeBytes, signatureOperations } of entries) {
    least.sizeBytes = Math.min(least.sizeBytes, sizeBytes);
    least.signatureOperations = Math.min(least.signatureOperations, signatureOperations);
  }
  return least;
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
      const smaller = without(around, { ...each, count: 1 });
      packages.set(descendant, packageOf(descendant, { ...smaller, fee: around.fee - each.fee }));
      changed.add(descendant);
    }
  }
  for (const each of changed) {
    const around = packages.get(each);
    if (around !== undefined) heap.push(around);
  }
}

/** The first limit that a transaction, or a package of some, does not fit into; undefined where it fits. */
function limitOf(wanted: Room, room: Room): Limit | undefined {
  if (wanted.count > room.count) return 'max-transactions';
  if (wanted.sizeBytes > room.sizeBytes) return 'block-full';
  return wanted.signatureOperations > room.signatureOperations ? 'block-sigops' : undefined;
}

function explain(entry: PoolEntry, reasons: Reasons): LeftOut {
  const { taken, held, tip } = reasons;
  const { txid } = entry;
  const code = held.get(entry);
  if (code !== undefined) return { txid, code, message: `it is not valid at height ${nextHeight(tip)}` };
  const parent = [...entry.parents].find((each) => !taken.has(each));
  if (parent !== undefined)
    return { txid, code: 'parent-left-out', message: `it spends an output of ${parent.txid}, which is left out` };
  return { txid, ...withoutRoom(entry, reasons) };
}

function withoutRoom(entry: PoolEntry, { room, query, stopper }: Reasons): Pick<LeftOut, 'code' | 'message'> {
  const code = limitOf({ ...entry, count: 1 }, room);
  if (stopper === undefined || stopper === entry || code === 'max-transactions') {
    if (code === undefined) throw new Error(`${entry.txid} fits and was left out`);
    return { code, message: sentence(code, entry, room, query) };
  }
  const reason = limitOf({ ...stopper, count: 1 }, room);
  if (reason === undefined) throw new Error(`${stopper.txid} fits and was left out`);
  const because = sentence(reason, stopper, room, query);
  return { code: reason, message: `nobody overtakes ${stopper.txid}, which came before it: ${because}` };
}

function sentence(
  code: Limit,
  { sizeBytes, signatureOperations }: PoolEntry,
  room: Room,
  query: CandidateQuery,
): string {
  switch (code) {
    case 'max-transactions':
      return `no more than ${query.limit} transactions were asked for`;
    case 'block-full':
      return `its ${sizeBytes} bytes do not fit: of ${query.maxSizeBytes} the others leave ${room.sizeBytes}`;
    case 'block-sigops': {
      const left = `of ${query.maxSignatureOperations} the others leave ${room.signatureOperations}`;
      return `its ${signatureOperations} signature operations do not fit: ${left}`;
    }
    default:
      return code satisfies never;
  }
}
