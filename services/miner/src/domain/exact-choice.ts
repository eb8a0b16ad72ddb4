/** The transactions that somebody wants in a block, no more and no less, in the pool's order. Pure. */
import { problem } from '@pocket/contracts';
import type { Problem } from '@pocket/contracts';
import type { Candidate } from './policy.ts';

/**
 * @param candidates all that could be mined now, each behind what it spends from.
 * @returns `not-in-pool` naming the first that is not among them, or whose parent waits and was not named.
 */
export function exactlyThese(
  candidates: readonly Candidate[],
  txids: readonly string[],
): { ok: true; value: Candidate[] } | { ok: false; problem: Problem } {
  const waiting = new Set(candidates.map(({ txid }) => txid));
  const absent = txids.find((txid) => !waiting.has(txid));
  if (absent !== undefined)
    return {
      ok: false,
      problem: problem('not-in-pool', `${absent} does not wait in the pool, or cannot be mined yet`),
    };
  const wanted = new Set(txids);
  const chosen = candidates.filter(({ txid }) => wanted.has(txid));
  for (const { txid, transaction } of chosen)
    for (const { prevout } of transaction.inputs) {
      if (!waiting.has(prevout.txid) || wanted.has(prevout.txid)) continue;
      const detail = `${txid} spends from ${prevout.txid}, which waits in the pool itself: name that one too`;
      return { ok: false, problem: problem('not-in-pool', detail) };
    }
  return { ok: true, value: chosen };
}
