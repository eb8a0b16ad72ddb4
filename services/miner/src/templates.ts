/** Templates for our own workers: the chain's tip, the pool's choice for it, and what of that has not been refused. */
import { randomBytes } from 'node:crypto';
import { createBlockTemplate, templateTime, type Block, type BlockHash } from '@pocket/chain';
import { problem, type MiningOrder, type Problem, type TipView } from '@pocket/contracts';
import type { Address } from '@pocket/crypto';
import type { Answer, RequestContext } from '@pocket/service-kit';
import { candidatesOf, refusedTransaction, takeCandidates, type Candidate } from './domain/policy.ts';
import { askCandidates, askTip, networkOfTip, type TemplateSources } from './queries.ts';

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
  const limit = refused.all ? 0 : order.maxTransactions;
  const [tip, offered] = await Promise.all([
    askTip(sources, context),
    askCandidates(sources, context, { limit: limit + refused.txids.size, order: 'arrival' }),
  ]);
  if (!tip.ok) return tip;
  if (!offered.ok) return offered;
  if (offered.value.tip !== tip.value.blockHash) return { ok: true, value: undefined };
  const { height } = tip.value.next;
  if (order.height !== undefined && order.height !== height)
    return {
      ok: false,
      problem: problem('chain-already-started', `the next block has height ${height}, not ${order.height}`),
    };
  const candidates = takeCandidates(candidatesOf(offered.value), refused.txids, limit);
  return { ok: true, value: templateOf(order, tip.value, candidates) };
}

function templateOf(order: MiningOrder, tip: TipView, candidates: Candidate[]): Template {
  const { chainId, next } = tip;
  const block = createBlockTemplate({
    height: next.height,
    previousBlockHash: next.previousBlockHash as BlockHash,
    bits: next.bits,
    time: templateTime(Math.floor(Date.now() / 1000), next.medianTimePast),
    transactions: candidates,
    payTo: order.address as Address,
    extraNonce: randomBytes(8),
    params: networkOfTip(tip),
  });
  // Bytes end the pool's choice and the block alike at the first that does not fit: by arrival nobody overtakes.
  const included = candidates.slice(0, block.transactions.length - 1);
  return { chainId, height: next.height, block, firstSeen: [null, ...included.map(({ receivedAt }) => receivedAt)] };
}
