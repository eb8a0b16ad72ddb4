/** The miner: what it does, when it mines by itself, and blocks at an operator's word. */
import {
  GeneratedBlocks,
  GenerateRequest,
  MinerView,
  MiningMode,
  MiningModeRequest,
  type BlockReceipt,
  type MiningOrder,
} from '@pocket/contracts';
import { ADDRESS_VERSION } from '@pocket/chain';
import { decodeAddress } from '@pocket/crypto';
import { refuse, sendProblem, untilAskerLeaves, type HttpServer } from '@pocket/service-kit';
import { forOperators } from './administration.ts';
import type { Gate } from './gate.ts';
import { generate } from './generating.ts';
import type { Services } from './services.ts';

export function addMiner(fastify: HttpServer, { miner }: Services, gate: Gate): void {
  fastify.get('/miner', { schema: { response: { 200: MinerView } } }, async (request, reply) => {
    const answer = await miner.get<MinerView>(request.context, '/overview');
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  fastify.get('/miner/mode', { schema: { response: { 200: MiningMode } } }, async (request, reply) => {
    const answer = await miner.get<MiningMode>(request.context, '/mode');
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  const modeRoute = { ...forOperators, schema: { body: MiningModeRequest, response: { 200: MiningMode } } };
  fastify.put('/miner/mode', modeRoute, async (request, reply) => {
    const answer = await miner.put<MiningMode>(request.context, '/mode', request.body);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  const generateRoute = { ...forOperators, schema: { body: GenerateRequest, response: { 201: GeneratedBlocks } } };
  fastify.post('/blocks/generate', generateRoute, async (request, reply) => {
    const { address } = request.body;
    const decoded = decodeAddress(address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', `${address}: ${decoded.message}`);
    const leaving = untilAskerLeaves(reply);
    const mine = (order: MiningOrder) =>
      gate.shared(() => miner.post<BlockReceipt>(request.context, '/blocks', order, leaving));
    const answer = await generate(mine, request.body, leaving);
    return answer.ok ? reply.code(201).send(answer.value) : sendProblem(reply, answer.problem);
  });
}
