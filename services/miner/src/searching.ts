/**
 * The search for one template, for as long as it takes: recorded in the log, watched for what supersedes it, given up
 * when its caller says so. Nothing here bounds its time.
 */
import { randomUUID } from 'node:crypto';
import { blockHashOf, encodeHeader, rollTemplate, targetFromBits, type Block, type BlockHash } from '@pocket/chain';
import type { MiningOrder } from '@pocket/contracts';
import type { RequestContext } from '@pocket/service-kit';
import type { Changes } from './changes.ts';
import type { SearchJobs, SearchOptions } from './jobs.ts';
import { askTip, type TemplateSources } from './queries.ts';
import { bitsText, expectedHashes } from './domain/slices.ts';
import type { SearchEvent } from './domain/state.ts';
import type { BegunSearch, ProgressBoard } from './progress-board.ts';
import type { FoundNonce, SearchProgress } from './slice-search.ts';
import type { MinerWriter } from './store.ts';
import { makeTemplate, type Refused, type Template } from './templates.ts';
import { watchTemplate, type TemplateWatch } from './watching.ts';

export interface SearchingParts extends TemplateSources {
  writer: Pick<MinerWriter, 'execute'>;
  jobs: Pick<SearchJobs, 'search'>;
  changes: Changes;
  board: Pick<ProgressBoard, 'begin'>;
}

/** What is searched, and of which order it is the template. */
export interface Search {
  readonly order: MiningOrder;
  readonly refused: Refused;
  readonly template: Template;
}

export interface FoundBlock {
  readonly searchId: string;
  readonly block: Block;
  readonly blockHash: BlockHash;
  /** For what the find causes. */
  readonly because: RequestContext;
}

export type SearchEnd = { found: FoundBlock } | { superseded: string };

/** Why a search was given up, by the code that the log keeps. */
export class SearchStoppedError extends Error {
  override name = 'SearchStoppedError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** No worker has found a block within the bound. */
export class SearchTimeoutError extends SearchStoppedError {
  override name = 'SearchTimeoutError';

  /** @param withinMs how long was searched, or waited for. */
  constructor(withinMs: number) {
    const remedy =
      'GET /v1/miner names the workers and the expected time; mode continuous searches as long as it takes';
    super('mining-timeout', `no miner worker has found a block within ${withinMs / 1_000} seconds: ${remedy}`);
  }
}

class SupersededError extends SearchStoppedError {
  override name = 'SupersededError';
}

const RECORD_AFTER_MS = 50;

/**
 * Searches until a block is found or its template is superseded.
 * @throws the signal's reason when that gives it up (a SearchStoppedError names the code that is recorded).
 */
export async function search(
  parts: SearchingParts,
  context: RequestContext,
  wanted: Search,
  options: SearchOptions = {},
): Promise<SearchEnd> {
  const searchId = randomUUID();
  const { block, height } = wanted.template;
  const roll = rollTemplate(block);
  const history = recordSearch(parts, context, requestedBy(searchId, wanted));
  const request = {
    searchId,
    target: targetFromBits(block.header.bits),
    headerOf: (count: number) => encodeHeader(roll(count).header),
  };
  const told = parts.board.begin(begunOf(searchId, wanted), expectedHashes(request.target));
  const onProgress = (progress: SearchProgress) => {
    told.progressed(progress);
    options.onProgress?.(progress);
  };
  let found: FoundNonce;
  try {
    const watch = watchOf(parts, context, wanted);
    found = await searchWatched(parts, watch, wanted.template, request, { ...options, onProgress });
  } catch (error) {
    await history.end({ type: 'MiningStopped', data: { searchId, reason: reasonOf(error) } });
    if (error instanceof SupersededError) return { superseded: error.message };
    throw error;
  } finally {
    told.end();
  }
  const rolled = roll(found.roll);
  const foundBlock = { ...rolled, header: { ...rolled.header, nonce: found.nonce } };
  const blockHash = blockHashOf(foundBlock.header);
  const eventId = await history.end({ type: 'BlockFound', data: { searchId, blockHash, height, nonce: found.nonce } });
  return { found: { searchId, block: foundBlock, blockHash, because: context.causedBy(eventId) } };
}

function watchOf(parts: SearchingParts, context: RequestContext, { order, refused }: Search): TemplateWatch {
  return {
    changes: parts.changes,
    askTip: () => askTip(parts, context),
    remake: () => makeTemplate(parts, context, order, refused),
  };
}

/** Two can end it: the caller's signal and a change. */
async function searchWatched(
  { jobs }: SearchingParts,
  watch: TemplateWatch,
  template: Template,
  request: Parameters<SearchJobs['search']>[0],
  { signal, onProgress }: SearchOptions,
): Promise<FoundNonce> {
  const ending = new AbortController();
  const giveUp = () => ending.abort(signal?.reason);
  if (signal?.aborted === true) giveUp();
  signal?.addEventListener('abort', giveUp);
  const supersede = (reason: string) => ending.abort(new SupersededError('superseded', reason));
  const stopWatching = watchTemplate(template, watch, supersede);
  try {
    return await jobs.search(request, { signal: ending.signal, ...(onProgress === undefined ? {} : { onProgress }) });
  } finally {
    stopWatching();
    signal?.removeEventListener('abort', giveUp);
  }
}

type Requested = Extract<SearchEvent, { type: 'MiningRequested' }>['data'];

function requestedBy(searchId: string, { order, template }: Search): Requested {
  const { header, transactions } = template.block;
  return {
    searchId,
    address: order.address,
    height: template.height,
    previousBlockHash: header.previousBlockHash,
    bits: header.bits,
    transactionCount: transactions.length,
  };
}

function begunOf(searchId: string, wanted: Search): BegunSearch {
  const { bits, ...requested } = requestedBy(searchId, wanted);
  return { ...requested, bits: bitsText(bits) };
}

interface SearchHistory {
  /**
   * Records an outcome, and before it the search's beginning where that has not been recorded yet. Returns the id of the
   * outcome's event; undefined where it came too late to be one.
   */
  end(outcome: SearchEvent): Promise<string | undefined>;
}

/** Records a search: its beginning once it has lasted a while, so that a quick one is one commit with its outcome. */
function recordSearch(parts: SearchingParts, context: RequestContext, requested: Requested): SearchHistory {
  let begun: Promise<unknown> | undefined;
  const begin = () => (begun ??= record(parts, context, { type: 'MiningRequested', data: requested }));
  const timer = setTimeout(() => void begin().catch(() => undefined), RECORD_AFTER_MS);
  return {
    async end(outcome) {
      clearTimeout(timer);
      const [, eventId] = await Promise.all([begin(), record(parts, context, outcome)]);
      return eventId;
    },
  };
}

/** Records what has become of a search. Returns the event's id; undefined where it came too late to be one. */
export async function record(
  { writer }: Pick<SearchingParts, 'writer'>,
  context: RequestContext,
  event: SearchEvent,
): Promise<string | undefined> {
  const { position, eventIds } = await writer.execute({ type: 'Record', event }, context.metadata);
  context.wrote('miner', position);
  return eventIds[0];
}

function reasonOf(error: unknown): { code: string; message: string } {
  if (error instanceof SearchStoppedError) return { code: error.code, message: error.message };
  const isCancelled = error instanceof Error && error.name === 'AbortError';
  return { code: isCancelled ? 'cancelled' : 'mining-failed', message: String(error) };
}
