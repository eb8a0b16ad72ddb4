/** Blocks from outside, the template to make them from, and an operator's word on one. */
import Type, { type Static } from 'typebox';
import { ADDRESS_VERSION } from '@pocket/chain';
import {
  BlockTemplateView,
  Hash,
  Height,
  Nullable,
  TemplateQuery,
  type BlockReceipt,
  type TipReceipt,
} from '@pocket/contracts';
import { decodeAddress } from '@pocket/crypto';
import { refuse, sendProblem, type HttpServer } from '@pocket/service-kit';
import { forOperators } from './administration.ts';
import type { Gate } from './gate.ts';
import { HexItem, checkingBody, checkItem } from './hex-request.ts';
import type { Services } from './services.ts';

/** A block of 1,000,000 bytes in hex, and some JSON. */
const BODY_LIMIT_BYTES = 2_100_000;

const SubmittedBlock = Type.Object({
  hash: Hash,
  /** null while its parent is unknown; `waitsFor` names that parent. */
  height: Nullable(Height),
  onBestChain: Type.Boolean(),
  waitsFor: Type.Optional(Hash),
});
const NewTip = Type.Object({ hash: Nullable(Hash), height: Nullable(Height) });

const submissionRoute = {
  bodyLimit: BODY_LIMIT_BYTES,
  schema: { body: HexItem, response: { 201: SubmittedBlock, 202: SubmittedBlock } },
};
const templateRoute = {
  schema: {
    querystring: Type.Object(TemplateQuery.properties, { additionalProperties: false }),
    response: { 200: BlockTemplateView },
  },
};
const HashOfAnyCase = Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: '64 hex digits' });
const verdictRoute = {
  ...forOperators,
  schema: { params: Type.Object({ hash: HashOfAnyCase }), response: { 200: NewTip } },
};

export function addBlocks(fastify: HttpServer, services: Services, gate: Gate): void {
  const { chainstate, miner } = services;
  const validatorCompiler = checkingBody(fastify, checkItem);
  fastify.post('/blocks', { ...submissionRoute, validatorCompiler }, async (request, reply) => {
    const submission = { hex: request.body.hex.toLowerCase() };
    const answer = await gate.shared(() => chainstate.post<BlockReceipt>(request.context, '/blocks', submission));
    if (!answer.ok) return sendProblem(reply, answer.problem);
    const { blockHash: hash, height, onBestChain, waitsFor } = answer.value;
    const block = { hash, height, onBestChain };
    return waitsFor === null ? reply.code(201).send(block) : reply.code(202).send({ ...block, waitsFor });
  });
  fastify.get('/blocks/template', templateRoute, async (request, reply) => {
    const { address, maxTransactions, order } = request.query;
    const decoded = decodeAddress(address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', `${address}: ${decoded.message}`);
    const query = new URLSearchParams({ address, maxTransactions: String(maxTransactions), order });
    const answer = await miner.get<BlockTemplateView>(request.context, `/template?${query.toString()}`);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  for (const verdict of ['invalidate', 'reconsider'])
    fastify.post(`/blocks/:hash/${verdict}`, verdictRoute, async (request, reply) => {
      const path = `/blocks/${request.params.hash.toLowerCase()}/${verdict}`;
      const answer = await gate.shared(() => chainstate.post<TipReceipt>(request.context, path));
      if (!answer.ok) return sendProblem(reply, answer.problem);
      return { hash: answer.value.blockHash, height: answer.value.height } satisfies Static<typeof NewTip>;
    });
}
