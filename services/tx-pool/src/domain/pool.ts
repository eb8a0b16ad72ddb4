/**
 * The waiting transactions as a graph: who spends whose output, how large and how dear each is with those it needs
 * and those that need it. Every change can be taken back. It holds what it is given; which transactions may wait is
 * decided elsewhere.
 */
import { outpointKey, signatureOperationsOf, type Outpoint, type Transaction, type Txid } from '@pocket/chain';
import { Heap } from './heap.ts';

/** What is known of a waiting transaction. */
export interface Waiting {
  readonly txid: Txid;
  readonly transaction: Transaction;
  /** Base units. */
  readonly fee: bigint;
  readonly sizeBytes: number;
  /** Unix milliseconds; its place in the order of arrival. */
  readonly receivedAt: number;
  /** Unix milliseconds; when it last began to wait: later than its arrival where a block has held it meanwhile. */
  readonly waitingSince: number;
  /** Height of the youngest coinbase it spends; undefined for none. */
  readonly coinbaseHeight: number | undefined;
}

export interface PoolEntry extends Waiting {
  /** Counts up in the order in which they came into the pool; settles the order of those that arrived together. */
  readonly ordinal: number;
  /** How many signature checks its scripts name. */
  readonly signatureOperations: number;
  /** Waiting transactions whose outputs it spends. */
  readonly parents: Set<PoolEntry>;
  /** Waiting transactions that spend its outputs. */
  readonly children: Set<PoolEntry>;
}

type Direction = 'parents' | 'children';
type Change = { readonly entry: PoolEntry; readonly added: boolean };
interface Priced {
  readonly entry: PoolEntry;
  readonly feeRate: number;
}

/** A package that would be evicted: what it is evicted by, and what goes with it. */
export interface Leaving {
  readonly payment: Payment;
  readonly total: Total;
}

export class Pool {
  private readonly entries = new Map<string, PoolEntry>();
  private readonly spenders = new Map<string, PoolEntry>();
  private bytes = 0;
  private nextOrdinal = 0;
  /** What has been changed since `attempt` began. */
  private journal: Change[] | undefined;
  /** The cheapest first, once it has been asked for; an entry's last price is the one that counts. */
  private prices: { readonly heap: Heap<Priced>; readonly last: Map<PoolEntry, Priced> } | undefined;

  get size(): number {
    return this.entries.size;
  }

  get sizeBytes(): number {
    return this.bytes;
  }

  has(txid: string): boolean {
    return this.entries.has(txid);
  }

  get(txid: string): PoolEntry | undefined {
    return this.entries.get(txid);
  }

  /** All of them, in no order to rely on. */
  values(): Iterable<PoolEntry> {
    return this.entries.values();
  }

  spenderOf(outpoint: Outpoint): PoolEntry | undefined {
    return this.spenders.get(outpointKey(outpoint));
  }

  /** Puts it behind all others that arrived at the same time. */
  add(waiting: Waiting): PoolEntry {
    const entry = {
      ...waiting,
      ordinal: this.nextOrdinal++,
      signatureOperations: signatureOperationsOf(waiting.transaction),
      parents: new Set<PoolEntry>(),
      children: new Set<PoolEntry>(),
    };
    this.journal?.push({ entry, added: true });
    this.link(entry);
    return entry;
  }

  remove(txid: string): void {
    const entry = this.entries.get(txid);
    if (entry === undefined) return;
    this.journal?.push({ entry, added: false });
    this.unlink(entry);
  }

  clear(): void {
    this.entries.clear();
    this.spenders.clear();
    this.bytes = 0;
    this.prices = undefined;
  }

  /** Does `work` and, unless its answer says to keep it, takes back all it has changed here. Attempts may be nested. */
  attempt<T>(work: () => { readonly keep: boolean; readonly value: T }): T {
    const outer = this.journal;
    const journal: Change[] = [];
    this.journal = journal;
    try {
      const { keep, value } = work();
      this.journal = outer;
      if (keep) outer?.push(...journal);
      else this.takeBack(journal);
      return value;
    } catch (error) {
      this.journal = outer;
      this.takeBack(journal);
      throw error;
    }
  }

  /** The package that pays least: a transaction with all that needs it. undefined for an empty pool. */
  cheapest(): PoolEntry | undefined {
    this.prices ??= this.priceAll();
    const { heap, last } = this.prices;
    for (let priced = heap.pop(); priced !== undefined; priced = heap.pop()) {
      if (last.get(priced.entry) !== priced) continue;
      heap.push(priced);
      return priced.entry;
    }
    return undefined;
  }

  /** The packages as they would be evicted, each when those before it have gone; the pool must not change meanwhile. */
  *inEvictionOrder(): Generator<Leaving> {
    const { heap, last } = (this.prices ??= this.priceAll());
    const gone = new Set<PoolEntry>();
    const renewed = new Map<PoolEntry, Priced>();
    const asked: Priced[] = [];
    try {
      for (let priced = heap.pop(); priced !== undefined; priced = heap.pop()) {
        const { entry } = priced;
        if (last.get(entry) === priced) asked.push(priced);
        if (gone.has(entry) || (renewed.get(entry) ?? last.get(entry)) !== priced) continue;
        const leaving = leavingWith(entry, gone);
        const total = totalOf(leaving);
        for (const each of leaving) gone.add(each);
        yield { payment: betterOf(entry, total), total };
        // What these spent from pays better or worse without them.
        for (const each of walk(leaving, 'parents')) {
          if (gone.has(each)) continue;
          const renewal = { entry: each, feeRate: feeRateOf(betterOf(each, totalOf(leavingWith(each, gone)))) };
          renewed.set(each, renewal);
          heap.push(renewal);
        }
      }
    } finally {
      for (const priced of asked) heap.push(priced);
    }
  }

  private link(entry: PoolEntry): void {
    this.entries.set(entry.txid, entry);
    this.bytes += entry.sizeBytes;
    for (const { prevout } of entry.transaction.inputs) {
      this.spenders.set(outpointKey(prevout), entry);
      const parent = this.entries.get(prevout.txid);
      if (parent !== undefined) join(parent, entry);
    }
    for (const child of this.spendersOf(entry)) join(entry, child);
    this.priceAround(entry);
  }

  private unlink(entry: PoolEntry): void {
    this.entries.delete(entry.txid);
    this.bytes -= entry.sizeBytes;
    for (const { prevout } of entry.transaction.inputs) this.spenders.delete(outpointKey(prevout));
    for (const parent of entry.parents) parent.children.delete(entry);
    for (const child of entry.children) child.parents.delete(entry);
    this.prices?.last.delete(entry);
    for (const parent of entry.parents) this.priceAround(parent);
    entry.parents.clear();
    entry.children.clear();
  }

  private spendersOf({ txid, transaction }: PoolEntry): PoolEntry[] {
    return transaction.outputs.flatMap((_, vout) => this.spenders.get(outpointKey({ txid, vout })) ?? []);
  }

  private takeBack(journal: Change[]): void {
    for (const { entry, added } of journal.reverse())
      if (added) this.unlink(entry);
      else this.link(entry);
  }

  private priceAll(): NonNullable<Pool['prices']> {
    const prices = { heap: new Heap<Priced>(isCheaper), last: new Map<PoolEntry, Priced>() };
    for (const entry of this.entries.values()) price(prices, entry);
    return prices;
  }

  /** A change of an entry changes the packages of all it needs. */
  private priceAround(entry: PoolEntry): void {
    if (this.prices === undefined) return;
    for (const each of walk([entry], 'parents')) price(this.prices, each);
    // What is priced again leaves its old price behind; too many of those are not carried along.
    if (this.prices.heap.size > 4 * this.entries.size + 1_000) this.prices = undefined;
  }
}

/** These and all they lead to, each once; nothing beyond the first `bound`. */
export function walk(starts: Iterable<PoolEntry>, direction: Direction, bound = Infinity): Set<PoolEntry> {
  const found = new Set<PoolEntry>(starts);
  for (const entry of found) {
    if (found.size >= bound) break;
    for (const next of entry[direction]) found.add(next);
  }
  return found;
}

/** A transaction and all that need it, but for those that have gone. */
function leavingWith(entry: PoolEntry, gone: ReadonlySet<PoolEntry>): PoolEntry[] {
  return [...walk([entry], 'children')].filter((each) => !gone.has(each));
}

/** First come, first served. What spends another's output always comes behind it. */
export function compareArrival(left: PoolEntry, right: PoolEntry): number {
  return left.receivedAt - right.receivedAt || left.ordinal - right.ordinal;
}

/** Base units and the bytes they are paid for. */
export type Payment = Pick<Waiting, 'fee' | 'sizeBytes'>;

/** Base units a byte, to compare by. */
export function feeRateOf({ fee, sizeBytes }: Payment): number {
  return Number(fee) / sizeBytes;
}

/** What transactions come to together. */
export interface Total {
  readonly count: number;
  readonly fee: bigint;
  readonly sizeBytes: number;
  readonly signatureOperations: number;
}

export function totalOf(entries: Iterable<PoolEntry>): Total {
  const total = { count: 0, fee: 0n, sizeBytes: 0, signatureOperations: 0 };
  for (const { fee, sizeBytes, signatureOperations } of entries) {
    total.count++;
    total.fee += fee;
    total.sizeBytes += sizeBytes;
    total.signatureOperations += signatureOperations;
  }
  return total;
}

function join(parent: PoolEntry, child: PoolEntry): void {
  parent.children.add(child);
  child.parents.add(parent);
}

/** Whoever pays well for itself is not evicted for its cheap children; nor is a cheap one for which a child pays. */
function betterOf(alone: Payment, withChildren: Payment): Payment {
  return feeRateOf(withChildren) > feeRateOf(alone) ? withChildren : alone;
}

function price({ heap, last }: NonNullable<Pool['prices']>, entry: PoolEntry): void {
  const priced = { entry, feeRate: feeRateOf(betterOf(entry, totalOf(walk([entry], 'children')))) };
  last.set(entry, priced);
  heap.push(priced);
}

/** Of those that pay the same the last to arrive is the cheapest. */
function isCheaper(left: Priced, right: Priced): boolean {
  if (left.feeRate !== right.feeRate) return left.feeRate < right.feeRate;
  return compareArrival(left.entry, right.entry) > 0;
}
