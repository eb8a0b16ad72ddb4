/**
 * From an order to a connected block: template, search on the workers, submission. Orders are served one after another;
 * when somebody else's block was faster, the template is made again on the new tip.
 */
import { encodeBlock } from '@pocket/chain';
import { problem, type BlockReceipt, type BlockSubmission, type MiningOrder } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { UnavailableError } from '@pocket/eventstore';
import type { Answer, RequestContext } from '@pocket/service-kit';
import type { SearchJobs, SearchOptions } from './jobs.ts';
import { record, search, SearchTimeoutError, type FoundBlock, type SearchingParts } from './searching.ts';
import { leaveOut, makeTemplate, nothingRefused, type Template } from './templates.ts';

export interface MiningParts extends SearchingParts {
  jobs: Pick<SearchJobs, 'search' | 'reach'>;
}
/** @param signal gives the order up; rejects with its reason then. */
export type Mine = (context: RequestContext, order: MiningOrder, signal?: AbortSignal) => Promise<Answer<BlockReceipt>>;

const MAX_TEMPLATES = 20;
/** Shorter than a service waits for another one's answer. */
export const ORDER_WITHIN_MS = 50_000;
/** A search in less would be one in vain. */
const LEAST_MS = 1_000;
/** More are refused: so many could not be served in time even where a block takes no time at all. */
const MAX_ORDERS = 1_000;

/** Serves orders one after another, each within the time that a request may wait, which runs from when it is given. */
export function createMining(parts: MiningParts): Mine {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return (context, order, signal) => {
    if (waiting === MAX_ORDERS)
      return Promise.reject(new UnavailableError(`${MAX_ORDERS} orders wait already; nothing was changed`));
    waiting++;
    const end = performance.now() + ORDER_WITHIN_MS;
    const turn = last.then(() => mineUntil(end, parts, context, order, signal)).finally(() => waiting--);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** @param end by `performance.now()`; what has waited for its turn until shortly before is not begun. */
async function mineUntil(
  end: number,
  parts: MiningParts,
  context: RequestContext,
  order: MiningOrder,
  signal: AbortSignal | undefined,
): Promise<Answer<BlockReceipt>> {
  const bound = new AbortController();
  const late = new SearchTimeoutError(ORDER_WITHIN_MS);
  const left = end - performance.now();
  const timer = setTimeout(() => bound.abort(late), left);
  try {
    if (left < LEAST_MS) throw late;
    signal?.throwIfAborted();
    await parts.jobs.reach();
    const given = signal === undefined ? bound.signal : AbortSignal.any([bound.signal, signal]);
    return await mineBlock(parts, context, order, { signal: given });
  } catch (error) {
    if (error instanceof SearchTimeoutError) return { ok: false, problem: problem('mining-timeout', error.message) };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Mines one block, by as many templates as it takes within a bound, and for as long as the signal lets it.
 * @throws the signal's reason when that gives it up, UnavailableError when a service cannot be reached.
 */
export async function mineBlock(
  parts: MiningParts,
  context: RequestContext,
  order: MiningOrder,
  options: SearchOptions = {},
): Promise<Answer<BlockReceipt>> {
  let refusal = problem(
    'stale-template',
    `what the block is made of changed ${MAX_TEMPLATES} times before it was found`,
  );
  const refused = nothingRefused();
  for (let attempt = 0; attempt < MAX_TEMPLATES; attempt++) {
    const template = await makeTemplate(parts, context, order, refused);
    if (!template.ok) return template;
    if (template.value === undefined) continue;
    const end = await search(parts, context, { order, refused, template: template.value }, options);
    if ('superseded' in end) continue;
    const answer = await submit(parts, template.value, end.found);
    if (answer.ok) return answer;
    refusal = answer.problem;
    if (refusal.status === 409) continue;
    const hasChoice = order.txids === undefined && template.value.block.transactions.length > 1;
    if (refusal.status !== 422 || !hasChoice) return answer;
    leaveOut(refused, template.value.block, refusal);
  }
  return { ok: false, problem: refusal };
}

/** Hands the block to the chainstate, and records a refusal. */
export async function submit(
  parts: MiningParts,
  { chainId, firstSeen }: Template,
  { searchId, block, blockHash, because }: FoundBlock,
): Promise<Answer<BlockReceipt>> {
  const submission: BlockSubmission = { chainId, hex: bytesToHex(encodeBlock(block)), firstSeen, onlyOnTip: true };
  const answer = await parts.chainstate.post<BlockReceipt>(because, '/blocks', submission);
  if (!answer.ok) {
    const { code, detail } = answer.problem;
    await record(parts, because, {
      type: 'BlockRefused',
      data: { searchId, blockHash, reason: { code, message: detail } },
    });
  }
  return answer;
}
