/** HTTP ↔ command and query, nothing else. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import Type, { type TProperties, type TSchema } from 'typebox';
import { ADDRESS_VERSION, decodeBlock, type BlockHash } from '@pocket/chain';
import {
  AddressHistory,
  AddressView,
  BlockPage,
  blockRange,
  BlockReceipt,
  BlockSubmission,
  BlockView,
  branchRange,
  BranchList,
  ChainstateInfo,
  ChainstateView,
  ChainTipView,
  ChainView,
  coinRange,
  CoinView,
  Hash,
  Height,
  historyRange,
  LogPosition,
  NodeView,
  problem,
  StandingBlock,
  TipReceipt,
  TipView,
  TransactionDetail,
} from '@pocket/contracts';
import { decodeAddress, hexToBytes, secp256k1InUse } from '@pocket/crypto';
import { asOf, refuse, sendProblem, type EventService, type Moments } from '@pocket/service-kit';
import { execute, submitBlock, type ChainParts, type Refusal } from './chain.ts';
import type { ChainReply } from './domain/commands.ts';
import { readBlock, readBranches, readHistory, readTransaction } from './exploring.ts';
import {
  readAddress,
  readBlockPage,
  readBlocks,
  readCoins,
  readConnection,
  readInfo,
  readState,
  readTips,
  type CoinPage,
  type TipAtPosition,
} from './queries.ts';
import { knownNetwork } from './known-network.ts';
import type { PrismaClient, Reader } from './store.ts';

interface ApiParts extends ChainParts, Pick<EventService, 'fastify'> {
  client: PrismaClient;
  moments: Moments<Reader, PrismaClient>;
  /** undefined until the first chain has been started. */
  tip: () => Promise<TipAtPosition | undefined>;
}

export function addApi(parts: ApiParts): void {
  addReads(parts);
  addReadsOfMoments(parts);
  addExploring(parts);
  addConnections(parts);
  addBlocks(parts);
  addOperations(parts);
}

const NOT_STARTED = 'no chain has been started yet';

function addReads({ fastify, client, tip }: ApiParts): void {
  fastify.get('/tip', { schema: { response: { 200: TipView } } }, async (request, reply) => {
    const read = await tip();
    if (read === undefined) return refuse(reply, 'service-unavailable', NOT_STARTED);
    request.context.wrote('chainstate', read.position);
    return read.tip;
  });
  fastify.get('/node', { schema: { response: { 200: NodeView } } }, async () => {
    const read = await tip();
    return { chainId: read?.tip.chainId ?? null, network: read?.tip.network ?? null, secp256k1: secp256k1InUse() };
  });
  fastify.get('/addresses/:address', addressRoute, async (request, reply) => {
    const { address } = request.params;
    const decoded = decodeAddress(address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', `${address}: ${decoded.message}`);
    return readAddress(client, address);
  });
}

/** What can be asked as of a moment. */
function addReadsOfMoments({ fastify, moments }: ApiParts): void {
  fastify.get('/blocks', momentRoute(Type.Array(BlockView), {}), async (request, reply) =>
    moments.answer(request, reply, readBlocks),
  );
  fastify.get('/blocks/page', momentRoute(BlockPage, blockRange), async (request, reply) =>
    moments.answer(request, reply, (reader) => readBlockPage(reader, request.query)),
  );
  fastify.get('/coins', momentRoute(Type.Array(CoinView), {}), async (request, reply) =>
    moments.answer(request, reply, readCoins),
  );
  fastify.get('/tips', momentRoute(Type.Array(ChainTipView), {}), async (request, reply) =>
    moments.answer(request, reply, readTips),
  );
  // These take more than one read.
  fastify.get('/info', momentRoute(ChainstateInfo, {}), async ({ context, query: { asOf = 'now' } }, reply) => {
    const info = await moments.read(context, asOf, readInfo);
    if (!info.ok) return sendProblem(reply, info.problem);
    return info.value ?? refuse(reply, 'service-unavailable', NOT_STARTED);
  });
  fastify.get('/state', momentRoute(ChainstateView, coinRange), async ({ context, query }, reply) => {
    const { limit, after: cursor, asOf = 'now' } = query;
    const after = outpointOf(cursor);
    if (after === null) return refuse(reply, 'invalid-request', unknownCursor(cursor ?? ''));
    return moments.answer({ context, query: { asOf } }, reply, (reader) => readState(reader, { limit, after }));
  });
}

/** What an explorer asks, also of a moment. */
function addExploring({ fastify, moments }: ApiParts): void {
  fastify.get('/branches', momentRoute(BranchList, branchRange), async (request, reply) =>
    moments.answer(request, reply, (reader) => readBranches(reader, request.query)),
  );
  fastify.get('/blocks/:blockHash', { schema: blockSchema }, async (request, reply) => {
    const { blockHash } = request.params;
    const block = await moments.read(request.context, request.query.asOf, (reader) => readBlock(reader, blockHash));
    if (!block.ok) return sendProblem(reply, block.problem);
    return block.value ?? refuse(reply, 'not-found', `no block with the hash ${blockHash} is known here`);
  });
  fastify.get('/transactions/:txid', { schema: transactionSchema }, async (request, reply) => {
    const { txid } = request.params;
    const found = await moments.read(request.context, request.query.asOf, (reader) => readTransaction(reader, txid));
    if (!found.ok) return sendProblem(reply, found.problem);
    return found.value ?? refuse(reply, 'not-found', `no transaction ${txid} is on the best chain`);
  });
  fastify.get('/addresses/:address/history', { schema: historySchema }, async (request, reply) => {
    const { address } = request.params;
    const decoded = decodeAddress(address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', `${address}: ${decoded.message}`);
    const { asOf = 'now', limit, before } = request.query;
    const question = { address, hash160: decoded.hash160, limit, before };
    const { context } = request;
    return moments.answer({ context, query: { asOf } }, reply, (reader) => readHistory(reader, question));
  });
}

function addConnections({ fastify, client, tip }: ApiParts): void {
  fastify.get('/connections/:height', connectionRoute, async ({ params: { height } }, reply) => {
    const position = await readConnection(client, height);
    if (position !== undefined) return { position };
    const last = (await tip())?.tip.height ?? null;
    const highest = last === null ? 'the chain has no block yet' : `the tip is at height ${last}`;
    const details = { found: height, expected: last === null ? 'none' : `0 to ${last}` };
    const detail = `${highest}, so that the block of height ${height} has not come`;
    return refuse(reply, 'unknown-moment', detail, 'unknown-moment', details);
  });
}

/** null for a text that no page has ended with. */
function outpointOf(text: string | undefined): CoinPage['after'] | null {
  if (text === undefined) return undefined;
  const [, txid = '', vout = ''] = /^([0-9a-f]{64}):(0|[1-9]\d{0,8})$/.exec(text) ?? [];
  return txid === '' ? null : { txid, vout: Number(vout) };
}

const unknownCursor = (found: string): string =>
  `after must be the next of the page before, a txid, a colon and a vout; "${found}" is not`;

function addBlocks(parts: ApiParts): void {
  parts.fastify.post('/blocks', submissionRoute, async (request, reply) => {
    const { chainId, hex, firstSeen = [], onlyOnTip } = request.body;
    const decoded = decodeBlock(hexToBytes(hex));
    if (!decoded.ok) return refuseBlock(reply, decoded, onlyOnTip);
    const command = { type: 'SubmitBlock' as const, block: decoded.block, hex, chainId, firstSeen, onlyOnTip };
    const answer = await submitBlock(parts, request.context, { ...command, now: parts.now() });
    return answer.ok ? sendReceipt(reply, answer) : refuseBlock(reply, answer, onlyOnTip);
  });
}

function sendReceipt(reply: FastifyReply, answer: Extract<ChainReply, { ok: true }>): FastifyReply {
  const { blockHash, height, chainId, onBestChain, waitsFor } = answer;
  return reply.code(waitsFor === null ? 201 : 202).send({ blockHash, height, chainId, onBestChain, waitsFor });
}

/** Refusals that only say that somebody else was faster are no fault of the block. */
function refuseBlock(reply: FastifyReply, { code, message, details }: Refusal, onlyOnTip: boolean): FastifyReply {
  const outrun = code === 'wrong-chain' || (code === 'bad-prevblk' && onlyOnTip);
  return sendProblem(reply, problem(outrun ? 'stale-template' : 'block-refused', message, code, details));
}

function addOperations(parts: ApiParts): void {
  const { fastify, tip } = parts;
  fastify.post('/chains', { schema: { response: { 201: ChainView } } }, async (request, reply) => {
    const read = await tip();
    if (read === undefined) return refuse(reply, 'service-unavailable', NOT_STARTED);
    const chainId = randomUUID();
    const network = knownNetwork(read.tip.network);
    await execute(parts, request.context, { type: 'StartChain', chainId, network, onlyFirst: false });
    return reply.code(201).send({ chainId });
  });
  for (const [path, type] of Object.entries({ invalidate: 'InvalidateBlock', reconsider: 'ReconsiderBlock' } as const))
    fastify.post(`/blocks/:blockHash/${path}`, operationRoute, async (request, reply) => {
      const blockHash = request.params.blockHash as BlockHash;
      const { reply: answer } = await execute(parts, request.context, { type, blockHash });
      if (!answer.ok)
        return refuse(reply, answer.code === 'genesis-block' ? 'genesis-block' : 'not-found', answer.message);
      return { chainId: answer.chainId, blockHash: answer.blockHash, height: answer.height };
    });
}

const momentRoute = <R extends TSchema, Q extends TProperties>(response: R, query: Q) => ({
  schema: { querystring: Type.Object({ ...asOf, ...query }), response: { 200: response } },
});
const blockSchema = {
  params: Type.Object({ blockHash: Hash }),
  querystring: Type.Object(asOf),
  response: { 200: StandingBlock },
};
const transactionSchema = {
  params: Type.Object({ txid: Hash }),
  querystring: Type.Object(asOf),
  response: { 200: TransactionDetail },
};
const historySchema = {
  params: Type.Object({ address: Type.String() }),
  querystring: Type.Object({ ...asOf, ...historyRange }),
  response: { 200: AddressHistory },
};
const connectionRoute = {
  schema: { params: Type.Object({ height: Height }), response: { 200: LogPosition } },
};
const addressRoute = {
  schema: { params: Type.Object({ address: Type.String() }), response: { 200: AddressView } },
};
const submissionRoute = { schema: { body: BlockSubmission, response: { '2xx': BlockReceipt } } };
const operationRoute = {
  schema: { params: Type.Object({ blockHash: Hash }), response: { 200: TipReceipt } },
};
