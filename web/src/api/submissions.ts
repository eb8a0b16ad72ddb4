/** Transactions handed in from outside: judged alone, or taken into the pool. */
import { requestJson } from './request.ts';

/** What became of one that was judged and not taken. */
export interface JudgedTransaction {
  txid: string;
  /** Base units. */
  fee: string;
  sizeBytes: number;
}

/** @throws ApiError with the rule's word and values where the pool refuses. */
export const judgeTransaction = (hex: string): Promise<JudgedTransaction> =>
  requestJson('/v1/transactions', { method: 'POST', query: { dryRun: true }, body: { hex } });

export const submitTransaction = (hex: string): Promise<{ txid: string }> =>
  requestJson('/v1/transactions', { method: 'POST', body: { hex } });
