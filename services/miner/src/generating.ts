/** Blocks at an operator's word, one after another: so many of them, or one with exactly the transactions that are named. */
import { problem, type GeneratedBlocks, type GenerateRequest } from '@pocket/contracts';
import type { Answer, RequestContext } from '@pocket/service-kit';
import type { Mine } from './mining.ts';

/** Shorter than the gateway waits for the answer; the last block may take as long as an order may. */
const BEGIN_WITHIN_MS = 45_000;
const ALL_THAT_FIT = 100_000;

/** Makes the blocks. Where one cannot be made, those before it stay, and the answer says how many there are. */
export async function generate(
  mine: Mine,
  context: RequestContext,
  { address, count, txids, timestamp }: GenerateRequest,
): Promise<Answer<GeneratedBlocks>> {
  if (txids !== undefined && count !== 1)
    return refused('exactly these transactions can be in one block only: leave out count, or txids');
  const hashes: string[] = [];
  let height = 0;
  for (const begun = performance.now(); hashes.length < count;) {
    const time = timestamp === undefined ? undefined : timestamp + hashes.length;
    const answer =
      performance.now() - begun < BEGIN_WITHIN_MS
        ? await mine(context, { address, maxTransactions: ALL_THAT_FIT, txids, timestamp: time })
        : { ok: false as const, problem: problem('mining-timeout', 'there was no time for more blocks') };
    if (!answer.ok) return afterSome(answer.problem, hashes.length, count);
    hashes.push(answer.value.blockHash);
    height = answer.value.height ?? height;
  }
  return { ok: true, value: { hashes, height } };
}

function refused(detail: string): Answer<never> {
  return { ok: false, problem: problem('invalid-request', detail) };
}

function afterSome(refusal: ReturnType<typeof problem>, made: number, count: number): Answer<never> {
  if (made === 0) return { ok: false, problem: refusal };
  const detail = `${refusal.detail}; ${made} of the ${count} blocks were made before it and stay`;
  return { ok: false, problem: { ...refusal, detail, details: { ...refusal.details, made } } };
}
