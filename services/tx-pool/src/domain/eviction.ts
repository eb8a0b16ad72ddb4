/**
 * How transactions leave the pool without a block: always with all that need them, and always with a reason. And whether
 * there is room for a newcomer: the cheapest go until all fit, and one that is among them is told what it had to pay.
 */
import { isFinal, type RejectCode } from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import {
  isFull,
  MAX_POOL_TRANSACTIONS,
  refuse,
  shownRate,
  type PolicyCode,
  type PolicyRejection,
  type PoolPolicy,
} from './policy.ts';
import { walk, type Leaving, type Payment, type Pool, type PoolEntry, type Waiting } from './pool.ts';
import { evolve, nextHeight, tipMedianTime, type PoolState, type PoolTip } from './state.ts';

type EvictionCode =
  | Extract<PolicyCode, 'txn-mempool-conflict' | 'mempool full' | 'expired' | 'replaced'>
  | Extract<
      RejectCode,
      'bad-txns-inputs-missingorspent' | 'bad-txns-premature-spend-of-coinbase' | 'bad-txns-nonfinal'
    >;
export type PrematureCode = Extract<EvictionCode, 'bad-txns-premature-spend-of-coinbase' | 'bad-txns-nonfinal'>;

type Admission = { ok: true; evicted: PoolEvent[] } | PolicyRejection;

const HOUR_MS = 3_600_000;

/** Takes these out, and all that need them. */
export function evict(
  state: PoolState,
  entries: Iterable<PoolEntry>,
  code: EvictionCode,
  message: string,
): PoolEvent[] {
  const events = [...walk(entries, 'children')].map(({ txid }) => evictedEvent(txid, code, message));
  for (const event of events) evolve(state, event);
  return events;
}

export function evictedEvent(txid: string, code: string, message: string): PoolEvent {
  return { type: 'TransactionEvicted', data: { txid, reason: { code, message } } };
}

/** Takes out what pays least until the pool is within its bounds. */
export function evictCheapest(state: PoolState, policy: PoolPolicy): PoolEvent[] {
  const events: PoolEvent[] = [];
  while (isFull(state.pool, policy)) events.push(...evictPackage(cheapestOf(state), state, policy));
  return events;
}

/** The package that is evicted next. Throws for an empty pool, which is never too full. */
function cheapestOf({ pool }: PoolState): PoolEntry {
  const cheapest = pool.cheapest();
  if (cheapest === undefined) throw new Error('the pool is too full and has nothing to evict');
  return cheapest;
}

/** Takes out one that the pool has no room for, and all that need it. */
function evictPackage(entry: PoolEntry, state: PoolState, { maxPoolBytes }: PoolPolicy): PoolEvent[] {
  const bounds = `${MAX_POOL_TRANSACTIONS} transactions and ${maxPoolBytes} bytes`;
  return evict(state, [entry], 'mempool full', `the pool holds up to ${bounds}, and others pay more or came first`);
}

/** Evicts the cheapest, with the newcomer in the pool already; a refusal leaves it to the caller to take all back. */
export function makeRoom(txid: string, state: PoolState, policy: PoolPolicy): Admission {
  const crowd = crowdOf(state, policy);
  const evicted: PoolEvent[] = [];
  while (isFull(state.pool, policy)) {
    const cheapest = cheapestOf(state);
    const leaving = walk([cheapest], 'children');
    if ([...leaving].some((entry) => entry.txid === txid)) return noRoom(crowd, state, policy);
    evicted.push(...evictPackage(cheapest, state, policy));
  }
  return { ok: true, evicted };
}

/** What is too much, with the newcomer counted. */
function crowdOf({ pool }: PoolState, { maxPoolBytes }: PoolPolicy): string {
  const count = `${pool.size} transactions of at most ${MAX_POOL_TRANSACTIONS}`;
  return `with it the pool would hold ${count} and ${pool.sizeBytes} bytes of at most ${maxPoolBytes}`;
}

/** For a newcomer in the cheapest package: what it has, and what the last of those pays that would have to go for it. */
function noRoom(crowd: string, { pool }: PoolState, policy: PoolPolicy): PolicyRejection {
  const order = pool.inEvictionOrder();
  const cheapest = order.next();
  if (cheapest.done === true) throw new Error('the pool is too full and has nothing to evict');
  const { payment, total } = cheapest.value;
  const what = total.count === 1 ? 'it' : 'the package it belongs to';
  const bar = paymentToBeat(order, pool, policy);
  const [verb, found, expected] =
    bar === undefined
      ? ['has bytes:', `${total.sizeBytes}`, `at most ${policy.maxPoolBytes} bytes`]
      : ['pays', shownRate(payment), `more than ${shownRate(bar, 'up')} base units per 1,000 bytes`];
  return refuse('mempool full', `${crowd}; ${what} ${verb} ${found}, it must be ${expected}`, { found, expected });
}

/** undefined where there would be no room even alone. */
function paymentToBeat(
  others: Iterable<Leaving>,
  { size, sizeBytes }: Pool,
  { maxPoolBytes }: PoolPolicy,
): Payment | undefined {
  const left = { count: size, sizeBytes };
  for (const { payment, total } of others) {
    left.count -= total.count;
    left.sizeBytes -= total.sizeBytes;
    if (left.count <= MAX_POOL_TRANSACTIONS && left.sizeBytes <= maxPoolBytes) return payment;
  }
  return undefined;
}

export function evictExpired(state: PoolState, now: number, { expiryHours }: PoolPolicy): PoolEvent[] {
  const oldest = now - expiryHours * HOUR_MS;
  const expired = [...state.pool.values()].filter(({ waitingSince }) => waitingSince < oldest);
  return evict(state, expired, 'expired', `it, or one it needs, has waited for more than ${expiryHours} hours`);
}

/** A reorganization may end with blocks that are lower or older than those that made a transaction valid. */
export function evictPremature(state: PoolState): PoolEvent[] {
  return [...state.pool.values()].flatMap((entry) => {
    const code = state.pool.has(entry.txid) ? prematureCode(entry, state.tip) : undefined;
    const message = `since the chain was reorganized it is not valid at height ${nextHeight(state.tip)}`;
    return code === undefined ? [] : evict(state, [entry], code, message);
  });
}

/** Why the next block may not hold a transaction yet; undefined when it may. */
export function prematureCode({ transaction, coinbaseHeight }: Waiting, tip: PoolTip): PrematureCode | undefined {
  const height = nextHeight(tip);
  if (!isFinal(transaction, height, tipMedianTime(tip))) return 'bad-txns-nonfinal';
  if (coinbaseHeight === undefined || height >= coinbaseHeight + tip.network.coinbaseMaturity) return undefined;
  return 'bad-txns-premature-spend-of-coinbase';
}
