/** How transactions leave the pool without a block: always with all that need them, and always with a reason. */
import { isFinal, type RejectCode } from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import { isFull, MAX_POOL_TRANSACTIONS, type PolicyCode, type PoolPolicy } from './policy.ts';
import { walk, type PoolEntry, type Waiting } from './pool.ts';
import { evolve, nextHeight, tipMedianTime, type PoolState, type PoolTip } from './state.ts';

type EvictionCode =
  | Extract<PolicyCode, 'txn-mempool-conflict' | 'mempool full' | 'expired' | 'replaced'>
  | Extract<
      RejectCode,
      'bad-txns-inputs-missingorspent' | 'bad-txns-premature-spend-of-coinbase' | 'bad-txns-nonfinal'
    >;
export type PrematureCode = Extract<EvictionCode, 'bad-txns-premature-spend-of-coinbase' | 'bad-txns-nonfinal'>;

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
  const message = `the pool holds up to ${MAX_POOL_TRANSACTIONS} transactions and ${policy.maxPoolBytes} bytes, and others pay more`;
  while (isFull(state.pool, policy)) {
    const cheapest = state.pool.cheapest();
    if (cheapest === undefined) throw new Error('the pool is too full and has nothing to evict');
    events.push(...evict(state, [cheapest], 'mempool full', message));
  }
  return events;
}

export function evictExpired(state: PoolState, now: number, { expiryHours }: PoolPolicy): PoolEvent[] {
  const oldest = now - expiryHours * HOUR_MS;
  const expired = [...state.pool.values()].filter(({ receivedAt }) => receivedAt < oldest);
  return evict(state, expired, 'expired', `it has waited for more than ${expiryHours} hours`);
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
