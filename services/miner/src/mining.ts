/**
 * From an order to a connected block: template, search on a worker, submission. Orders are served one after another;
 * when somebody else's block was faster, the template is made again on the new tip.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  blockHashOf,
  createBlockTemplate,
  encodeBlock,
  encodeHeader,
  targetFromBits,
  templateTime,
  type Block,
  type BlockHash,
} from '@pocket/chain';
import {
  problem,
  type BlockReceipt,
  type BlockSubmission,
  type MinerEvent,
  type MiningOrder,
  type Problem,
  type TipView,
} from '@pocket/contracts';
import { bytesToHex, type Address } from '@pocket/crypto';
import type { Answer, RequestContext } from '@pocket/service-kit';
import { candidatesOf, refusedTransaction, takeCandidates, type Candidate } from './domain/policy.ts';
import { SearchTimeoutError, type SearchJobs } from './jobs.ts';
import { askCandidates, askTip, networkOfTip, type TemplateSources } from './queries.ts';
import type { MinerWriter } from './store.ts';

export interface MiningParts extends TemplateSources {
  writer: Pick<MinerWriter, 'execute'>;
  jobs: Pick<SearchJobs, 'search'>;
}

interface Template {
  chainId: string;
  height: number;
  block: Block;
  firstSeen: (number | null)[];
}

/** What the chainstate has refused in a block of this order. */
interface Refused {
  readonly txids: Set<string>;
  /** True when it cannot be told which transactions to leave out: the next block takes none. */
  all: boolean;
}

const MAX_TEMPLATES = 20;
const MAX_REFUSED_BLOCKS = 3;
const NONCES = 2 ** 32;
const RECORD_AFTER_MS = 50;

/** Serves orders one after another. */
export function createMining(
  parts: MiningParts,
): (context: RequestContext, order: MiningOrder) => Promise<Answer<BlockReceipt>> {
  let last: Promise<unknown> = Promise.resolve();
  return (context, order) => {
    const turn = last.then(() => mine(parts, context, order));
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function mine(parts: MiningParts, context: RequestContext, order: MiningOrder): Promise<Answer<BlockReceipt>> {
  let refusal = problem('stale-template', `the tip moved ${MAX_TEMPLATES} times while the block was searched`);
  const refused: Refused = { txids: new Set(), all: false };
  let refusedBlocks = 0;
  for (let attempt = 0; attempt < MAX_TEMPLATES; attempt++) {
    const template = await makeTemplate(parts, context, order, refused);
    if (!template.ok) return template;
    if (template.value === undefined) continue;
    const answer = await searchAndSubmit(parts, context, order, template.value);
    if (answer.ok) return answer;
    refusal = answer.problem;
    if (refusal.status === 409) continue;
    if (refusal.status !== 422 || template.value.block.transactions.length === 1) return answer;
    leaveOut(refused, template.value.block, refusal, ++refusedBlocks);
  }
  return { ok: false, problem: refusal };
}

/**
 * A transaction that the pool takes and the chainstate refuses in a block must not stop the chain: the block is made
 * again without it, and without any where nothing is named or too much is wrong.
 */
function leaveOut(refused: Refused, block: Block, { details }: Problem, refusedBlocks: number): void {
  const txid = refusedTransaction(block, details);
  if (txid !== undefined) refused.txids.add(txid);
  if (txid === undefined || refusedBlocks === MAX_REFUSED_BLOCKS) refused.all = true;
}

/** undefined when the pool has not followed the tip yet. */
async function makeTemplate(
  parts: MiningParts,
  context: RequestContext,
  order: MiningOrder,
  refused: Refused,
): Promise<Answer<Template | undefined>> {
  const limit = refused.all ? 0 : order.maxTransactions;
  const [tip, offered] = await Promise.all([
    askTip(parts, context),
    askCandidates(parts, context, { limit: limit + refused.txids.size, order: 'arrival' }),
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

async function searchAndSubmit(
  parts: MiningParts,
  context: RequestContext,
  order: MiningOrder,
  template: Template,
): Promise<Answer<BlockReceipt>> {
  const searchId = randomUUID();
  const { header, transactions } = template.block;
  const requested = {
    searchId,
    address: order.address,
    height: template.height,
    previousBlockHash: header.previousBlockHash,
    bits: header.bits,
    transactionCount: transactions.length,
  };
  const job = {
    searchId,
    header: bytesToHex(encodeHeader(header)),
    target: targetFromBits(header.bits).toString(16),
    from: 0,
    to: NONCES,
  };
  const history = recordSearch(parts, context, requested);
  const nonce = await parts.jobs.search(job).catch(async (error: unknown) => {
    const reason = { code: 'mining-timeout', message: String(error) };
    await history.end({ type: 'MiningStopped', data: { searchId, reason } });
    if (error instanceof SearchTimeoutError) return problem('mining-timeout', error.message);
    throw error;
  });
  if (typeof nonce === 'object' && nonce !== null) return { ok: false, problem: nonce };
  if (nonce !== null) return submit(parts, context, history, template, searchId, nonce);
  const exhausted = problem('stale-template', 'no nonce of this template meets the target');
  await history.end({ type: 'MiningStopped', data: { searchId, reason: reasonOf(exhausted) } });
  return { ok: false, problem: exhausted };
}

async function submit(
  parts: MiningParts,
  context: RequestContext,
  history: SearchHistory,
  { chainId, height, block, firstSeen }: Template,
  searchId: string,
  nonce: number,
): Promise<Answer<BlockReceipt>> {
  const found = { ...block, header: { ...block.header, nonce } };
  const blockHash = blockHashOf(found.header);
  const hex = bytesToHex(encodeBlock(found));
  const submission: BlockSubmission = { chainId, hex, firstSeen, onlyOnTip: true };
  // First that it was found: the chain's event names that one as its cause.
  const because = context.causedBy(
    await history.end({ type: 'BlockFound', data: { searchId, blockHash, height, nonce } }),
  );
  const answer = await parts.chainstate.post<BlockReceipt>(because, '/blocks', submission);
  const refused = { searchId, blockHash };
  if (!answer.ok)
    await history.end({ type: 'BlockRefused', data: { ...refused, reason: reasonOf(answer.problem) } }, because);
  return answer;
}

interface SearchHistory {
  /**
   * Records an outcome, and before it the search's beginning where that has not been recorded yet. Returns the id of the
   * outcome's event; undefined where it came too late to be one.
   */
  end(outcome: MinerEvent, because?: RequestContext): Promise<string | undefined>;
}

/** Records a search: its beginning once it has lasted a while, so that a quick one is one commit with its outcome. */
function recordSearch(
  { writer }: MiningParts,
  context: RequestContext,
  requested: Extract<MinerEvent, { type: 'MiningRequested' }>['data'],
): SearchHistory {
  const record = async (event: MinerEvent, { metadata }: RequestContext = context) => {
    const { position, eventIds } = await writer.execute({ type: 'Record', event }, metadata);
    context.wrote('miner', position);
    return eventIds[0];
  };
  let begun: Promise<unknown> | undefined;
  const begin = () => (begun ??= record({ type: 'MiningRequested', data: requested }));
  const timer = setTimeout(() => void begin().catch(() => undefined), RECORD_AFTER_MS);
  return {
    async end(outcome, because) {
      clearTimeout(timer);
      const [, eventId] = await Promise.all([begin(), record(outcome, because)]);
      return eventId;
    },
  };
}

function reasonOf({ code, detail }: Problem): { code: string; message: string } {
  return { code, message: detail };
}
