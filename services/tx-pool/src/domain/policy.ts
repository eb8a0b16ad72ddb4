/** What this node keeps waiting although consensus would allow more: bounds and conflicts. Not consensus. */
import { encodeTransaction, outpointKey, type Transaction } from '@pocket/chain';
import type { PoolState } from './state.ts';

export type PolicyCode = 'mempool-full' | 'tx-size' | 'txn-mempool-conflict';
export interface PolicyRejection {
  ok: false;
  code: PolicyCode;
  message: string;
}

export const MAX_POOL_TRANSACTIONS = 50_000;
export const MAX_TRANSACTION_BYTES = 100_000;

/** Refuses what the pool will not hold: it is full, the transaction is too large, or a waiting one spends its coin. */
export function checkPolicy(transaction: Transaction, state: PoolState): PolicyRejection | { ok: true } {
  const sizeBytes = encodeTransaction(transaction).length;
  if (sizeBytes > MAX_TRANSACTION_BYTES)
    return refuse('tx-size', `the transaction has ${sizeBytes} bytes, the pool takes up to ${MAX_TRANSACTION_BYTES}`);
  if (state.transactions.size >= MAX_POOL_TRANSACTIONS)
    return refuse('mempool-full', `the pool holds ${MAX_POOL_TRANSACTIONS} transactions; mine a block first`);
  for (const { prevout } of transaction.inputs) {
    const spender = state.spenders.get(outpointKey(prevout));
    if (spender !== undefined)
      return refuse(
        'txn-mempool-conflict',
        `${outpointKey(prevout)} is spent by the waiting transaction ${spender} already`,
      );
  }
  return { ok: true };
}

function refuse(code: PolicyCode, message: string): PolicyRejection {
  return { ok: false, code, message };
}
