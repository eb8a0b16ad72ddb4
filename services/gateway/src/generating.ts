/** Blocks at an operator's word, one after another: so many of them, or one with exactly the transactions that are named. */
import {
  problem,
  type BlockReceipt,
  type GeneratedBlocks,
  type GenerateRequest,
  type MiningOrder,
  type Problem,
} from '@pocket/contracts';
import type { Answer } from '@pocket/service-kit';

/** As many as fit. */
const MAX_TRANSACTIONS = 100_000;

/**
 * Makes the blocks. Where one cannot be made, those before it stay, and the answer says how many there are.
 * @param signal ends it before the next block, where nobody waits for the answer any more; what `mine` then throws is no failure.
 */
export async function generate(
  mine: (order: MiningOrder) => Promise<Answer<BlockReceipt>>,
  { address, count, txids, timestamp }: GenerateRequest,
  signal: AbortSignal,
): Promise<Answer<GeneratedBlocks>> {
  if (txids !== undefined && count !== 1)
    return refused('exactly these transactions can be in one block only: leave out count, or txids');
  const hashes: string[] = [];
  let height = 0;
  while (hashes.length < count && !signal.aborted) {
    const time = timestamp === undefined ? {} : { timestamp: timestamp + hashes.length };
    const order = { address, maxTransactions: MAX_TRANSACTIONS, ...(txids === undefined ? {} : { txids }), ...time };
    const answer = await mine(order).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (answer === undefined) break;
    if (!answer.ok) return { ok: false, problem: afterSome(answer.problem, hashes.length, count) };
    hashes.push(answer.value.blockHash);
    height = answer.value.height ?? height;
  }
  return { ok: true, value: { hashes, height } };
}

function refused(detail: string): Answer<never> {
  return { ok: false, problem: problem('invalid-request', detail) };
}

function afterSome(refusal: Problem, made: number, count: number): Problem {
  if (made === 0) return refusal;
  const detail = `${refusal.detail}; ${made} of the ${count} blocks were made before it and stay`;
  return { ...refusal, detail, details: { ...refusal.details, made } };
}
