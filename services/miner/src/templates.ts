/** Templates for our own workers: the chain's tip, the pool's choice for it, and what of that has not been refused. */
import { randomBytes } from 'node:crypto';
import { createBlockTemplate, templateTime, type Block, type BlockHash } from '@pocket/chain';
import { problem, type MiningOrder, type Problem, type TipView } from '@pocket/contracts';
import type { Address } from '@pocket/crypto';
import type { Answer, RequestContext } from '@pocket/service-kit';
import { exactlyThese } from './domain/exact-choice.ts';
import { candidatesOf, refusedTransaction, takeCandidates, type Candidate } from './domain/policy.ts';
import { askCandidates, askTip, networkOfTip, type CandidateRequest, type TemplateSources } from './queries.ts';

export interface Template {
  readonly chainId: string;
  readonly height: number;
  readonly block: Block;
  /** When the pool took each transaction, unix milliseconds; null for the coinbase. */
  readonly firstSeen: (number | null)[];
}

/** What the chainstate has refused in a block of this order. */
export interface Refused {
  readonly txids: Set<string>;
  /** True when it cannot be told which transactions to leave out: the next block takes none. */
  all: boolean;
  blocks: number;
}

const MAX_REFUSED_BLOCKS = 3;
/** Whoever names the transactions is told himself what does not fit. */
const WITHOUT_BUDGET = { maxSizeBytes: Number.MAX_SAFE_INTEGER, maxSignatureOperations: Number.MAX_SAFE_INTEGER };

export function nothingRefused(): Refused {
  return { txids: new Set(), all: false, blocks: 0 };
}

/**
 * A transaction that the pool takes and the chainstate refuses in a block must not stop the chain: the block is made
 * again without it, and without any where nothing is named or too much is wrong.
 */
export function leaveOut(refused: Refused, block: Block, { details }: Problem): void {
  const txid = refusedTransaction(block, details);
  refused.blocks++;
  if (txid !== undefined) refused.txids.add(txid);
  if (txid === undefined || refused.blocks === MAX_REFUSED_BLOCKS) refused.all = true;
}

/** undefined when the pool has not followed the tip yet. */
export async function makeTemplate(
  sources: TemplateSources,
  context: RequestContext,
  order: MiningOrder,
  refused: Refused,
): Promise<Answer<Template | undefined>> {
  const [tip, offered] = await Promise.all([
    askTip(sources, context),
    askCandidates(sources, context, wantedOf(order, refused)),
  ]);
  if (!tip.ok) return tip;
  if (!offered.ok) return offered;
  if (offered.value.tip !== tip.value.blockHash) return { ok: true, value: undefined };
  const wrong = wrongWith(order, tip.value);
  if (wrong !== undefined) return { ok: false, problem: wrong };
  const candidates = candidatesOf(offered.value);
  if (order.txids === undefined) {
    const taken = takeCandidates(candidates, refused.txids, limitOf(order, refused));
    return { ok: true, value: templateOf(order, tip.value, taken) };
  }
  const chosen = exactlyThese(candidates, order.txids);
  if (!chosen.ok) return chosen;
  const template = templateOf(order, tip.value, chosen.value);
  if (template.firstSeen.length === chosen.value.length + 1) return { ok: true, value: template };
  const { maxBlockSizeBytes } = networkOfTip(tip.value);
  const tooMuch = `these ${chosen.value.length} transactions take more than a block's ${maxBlockSizeBytes} bytes`;
  return { ok: false, problem: problem('block-refused', tooMuch, 'bad-blk-length') };
}

const limitOf = (order: MiningOrder, refused: Refused): number => (refused.all ? 0 : order.maxTransactions);

/** For exact transactions all that wait; else as many as may be taken, and in place of those that were refused. */
function wantedOf(order: MiningOrder, refused: Refused): CandidateRequest {
  if (order.txids !== undefined) return { limit: Number.MAX_SAFE_INTEGER, order: 'arrival', ...WITHOUT_BUDGET };
  return { limit: limitOf(order, refused) + refused.txids.size, order: 'arrival' };
}

/** What the next block's place forbids of the order, or the clock of any block there, before anything is searched. */
function wrongWith({ height, timestamp }: MiningOrder, tip: TipView): Problem | undefined {
  const { next } = tip;
  if (height !== undefined && height !== next.height)
    return problem('chain-already-started', `the next block has height ${next.height}, not ${height}`);
  if (next.height === 0) return undefined;
  const time = timestamp ?? earliestTime(tip);
  const latest = now() + networkOfTip(tip).maxFutureBlockTimeSeconds;
  const code = time <= next.medianTimePast ? 'time-too-old' : 'time-too-new';
  if (time > next.medianTimePast && time <= latest) return undefined;
  const expected = `${next.medianTimePast + 1} to ${latest}`;
  const detail = `the block's time would be ${time}, the chain and the clock allow ${expected}`;
  return problem('block-refused', detail, code, { found: time, expected });
}

const now = (): number => Math.floor(Date.now() / 1000);
const earliestTime = ({ next }: TipView): number => templateTime(now(), next.medianTimePast);

function templateOf(order: MiningOrder, tip: TipView, candidates: Candidate[]): Template {
  const { chainId, next } = tip;
  const block = createBlockTemplate({
    height: next.height,
    previousBlockHash: next.previousBlockHash as BlockHash,
    bits: next.bits,
    time: order.timestamp ?? earliestTime(tip),
    transactions: candidates,
    payTo: order.address as Address,
    extraNonce: randomBytes(8),
    params: networkOfTip(tip),
  });
  // Bytes end the pool's choice and the block alike at the first that does not fit: by arrival nobody overtakes.
  const included = candidates.slice(0, block.transactions.length - 1);
  return { chainId, height: next.height, block, firstSeen: [null, ...included.map(({ receivedAt }) => receivedAt)] };
}
