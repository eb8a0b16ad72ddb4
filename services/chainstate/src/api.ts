/** HTTP ↔ command and query, nothing else. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { ADDRESS_VERSION, decodeBlock, type BlockHash } from '@pocket/chain';
import {
  AddressView,
  BlockReceipt,
  BlockSubmission,
  BlockView,
  ChainstateInfo,
  ChainTipView,
  ChainView,
  CoinView,
  Hash,
  NodeView,
  problem,
  TipReceipt,
  TipView,
} from '@pocket/contracts';
import { decodeAddress, hexToBytes, secp256k1InUse } from '@pocket/crypto';
import { refuse, sendProblem, type EventService } from '@pocket/service-kit';
import { execute, submitBlock, type ChainParts, type Refusal } from './chain.ts';
import type { ChainReply } from './domain/commands.ts';
import { readAddress, readBlocks, readCoins, readInfo, readTip, readTips } from './queries.ts';
import { knownNetwork } from './known-network.ts';
import type { PrismaClient } from './store.ts';

type ApiParts = ChainParts & Pick<EventService, 'fastify'> & { client: PrismaClient };

export function addApi(parts: ApiParts): void {
  addReads(parts);
  addBlocks(parts);
  addOperations(parts);
}

const NOT_STARTED = 'no chain has been started yet';

function addReads({ fastify, client }: ApiParts): void {
  fastify.get('/tip', { schema: { response: { 200: TipView } } }, async (request, reply) => {
    const read = await readTip(client);
    if (read === undefined) return refuse(reply, 'service-unavailable', NOT_STARTED);
    request.context.wrote('chainstate', read.position);
    return read.tip;
  });
  fastify.get('/blocks', { schema: { response: { 200: Type.Array(BlockView) } } }, () => readBlocks(client));
  fastify.get('/coins', { schema: { response: { 200: Type.Array(CoinView) } } }, () => readCoins(client));
  fastify.get('/tips', { schema: { response: { 200: Type.Array(ChainTipView) } } }, () => readTips(client));
  fastify.get('/info', { schema: { response: { 200: ChainstateInfo } } }, async (_request, reply) => {
    return (await readInfo(client)) ?? refuse(reply, 'service-unavailable', NOT_STARTED);
  });
  fastify.get('/node', { schema: { response: { 200: NodeView } } }, async () => {
    const tip = (await readTip(client))?.tip;
    return { chainId: tip?.chainId ?? null, network: tip?.network ?? null, secp256k1: secp256k1InUse() };
  });
  fastify.get('/addresses/:address', addressRoute, async (request, reply) => {
    const decoded = decodeAddress(request.params.address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', decoded.message);
    return readAddress(client, request.params.address);
  });
}

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
  const { fastify, client } = parts;
  fastify.post('/chains', { schema: { response: { 201: ChainView } } }, async (request, reply) => {
    const read = await readTip(client);
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

const addressRoute = {
  schema: { params: Type.Object({ address: Type.String() }), response: { 200: AddressView } },
};
const submissionRoute = { schema: { body: BlockSubmission, response: { '2xx': BlockReceipt } } };
const operationRoute = {
  schema: { params: Type.Object({ blockHash: Hash }), response: { 200: TipReceipt } },
};
