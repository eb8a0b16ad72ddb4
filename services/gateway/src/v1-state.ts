/**
 * The chainstate, the blocks, the wallets and the pool as they are, or with `?at=` and `?atEvent=` as they were. The
 * services answer both by the same queries; here a moment becomes a position of each log.
 */
import Type, { type Static } from 'typebox';
import { blockHashOf, blockSize, decodeBlock, txidOf } from '@pocket/chain';
import {
  BlockList,
  blockRange,
  ChainstateView,
  coinRange,
  eventSources,
  formatPositions,
  isEventSource,
  mergePositions,
  moment,
  MomentQuery,
  PoolEntryView,
  problem,
  WalletEntry,
  type BlockEntry,
  type BlockPage,
  type BlockView,
  type EventSource,
  type WalletView,
} from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { RequestContext, sendProblem, type Answer, type HttpServer } from '@pocket/service-kit';
import { cutAtEvent, cutAtHeight, type Cut } from './cut.ts';
import type { Services } from './services.ts';

const BlockQuery = Type.Object({ ...moment, ...blockRange }, { additionalProperties: false });
const CoinQuery = Type.Object({ ...moment, ...coinRange }, { additionalProperties: false });

const chainstateRoute = { schema: { querystring: CoinQuery, response: { 200: ChainstateView } } };
const blocksRoute = { schema: { querystring: BlockQuery, response: { 200: BlockList } } };
const walletsRoute = { schema: { querystring: MomentQuery, response: { 200: Type.Array(WalletEntry) } } };
const poolRoute = { schema: { querystring: MomentQuery, response: { 200: Type.Array(PoolEntryView) } } };

export function addState(fastify: HttpServer, services: Services): void {
  const ask = asker(services);
  fastify.get('/chainstate', chainstateRoute, async ({ context, query }, reply) => {
    const { limit, after } = query;
    const page = { limit: String(limit), ...(after === undefined ? {} : { after }) };
    const answer = await ask<ChainstateView>(context, query, 'chainstate', '/state', page);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  fastify.get('/blocks', blocksRoute, async ({ context, query }, reply) => {
    const page = { from: String(query.from), limit: String(query.limit) };
    const answer = await ask<BlockPage>(context, query, 'chainstate', '/blocks/page', page);
    if (!answer.ok) return sendProblem(reply, answer.problem);
    return { blocks: answer.value.blocks.map(blockEntry), next: answer.value.next };
  });
  fastify.get('/wallets', walletsRoute, async ({ context, query }, reply) => {
    const answer = await ask<WalletView[]>(context, query, 'wallet', '/wallets');
    return answer.ok ? answer.value.map(walletEntry) : sendProblem(reply, answer.problem);
  });
  fastify.get('/pool', poolRoute, async ({ context, query }, reply) => {
    const answer = await ask<Static<typeof PoolEntryView>[]>(context, query, 'tx-pool', '/transactions');
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
}

/** Asks a service as of the moment of a request, whose positions become those that the answer is of. */
function asker(services: Services) {
  return async <T>(
    context: RequestContext,
    moment: MomentQuery,
    source: EventSource,
    path: string,
    parameters: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const pathAsOf = (asOf: string) => `${path}?${new URLSearchParams({ ...parameters, asOf }).toString()}`;
    if (moment.at === undefined && moment.atEvent === undefined)
      return services[source].get<T>(context, pathAsOf('now'));
    const cut = await cutOf(services, context, moment);
    if (!cut.ok) return cut;
    // What was needs no waiting for what has been written since.
    const past = new RequestContext(context.metadata);
    const answer = await services[source].get<T>(past, pathAsOf(formatPositions(cut.value)));
    if (answer.ok) mergePositions(context.seen, cut.value);
    return answer;
  };
}

async function cutOf(
  services: Services,
  { metadata }: RequestContext,
  { at, atEvent }: MomentQuery,
): Promise<Answer<Cut>> {
  if (at !== undefined && atEvent !== undefined) return malformed('at and atEvent are two moments: give one of them');
  if (at !== undefined) return cutAtHeight(services, metadata, at);
  const [, source = '', position = ''] = /^([a-z-]+):(\d{1,15})$/.exec(atEvent ?? '') ?? [];
  if (!isEventSource(source))
    return malformed(
      `atEvent must be a log (${eventSources.join(', ')}), a colon and a position, like chainstate:42; "${atEvent ?? ''}" is not`,
    );
  return cutAtEvent(services, metadata, source, Number(position));
}

const malformed = (detail: string): Answer<never> => ({ ok: false, problem: problem('invalid-request', detail) });

function blockEntry({ blockHash, height, hex, firstSeen }: BlockView): BlockEntry {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`block ${blockHash} cannot be read: ${decoded.message}`);
  const { header, transactions } = decoded.block;
  return {
    hash: blockHashOf(header),
    height,
    previousHash: header.previousBlockHash,
    time: header.time,
    bits: header.bits.toString(16).padStart(8, '0'),
    nonce: header.nonce,
    txids: transactions.map(txidOf),
    sizeBytes: blockSize(decoded.block),
    hex,
    firstSeen,
  };
}

/** A private key is no part of what a wallet tells here. */
function walletEntry({ address, publicKey, balance, locked }: WalletView): WalletEntry {
  return { address, publicKey, balance, locked };
}
