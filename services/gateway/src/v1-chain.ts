/** The chain as a whole: how it begins, its tips, what can be counted in it, and who keeps it. */
import Type from 'typebox';
import { ADDRESS_VERSION } from '@pocket/chain';
import { AddressView, Nullable, type NodeView } from '@pocket/contracts';
import { decodeAddress, secp256k1InUse } from '@pocket/crypto';
import { refuse, sendProblem, type HttpServer } from '@pocket/service-kit';
import manifest from '../package.json' with { type: 'json' };
import { forOperators } from './administration.ts';
import { commandsOf } from './commands.ts';
import type { Gate } from './gate.ts';
import type { Services } from './services.ts';

const ChainRequest = Type.Object(
  {
    address: Type.String({ description: 'Who gets the reward of the first block.' }),
    startOver: Type.Boolean({ default: false, description: 'Begin a new chain although this one has blocks.' }),
  },
  { additionalProperties: false },
);
const ChainCreated = Type.Object({ chainId: Type.String(), height: Type.Integer(), hash: Type.String() });
const ThisNode = Type.Object({
  network: Nullable(Type.String()),
  chainId: Nullable(Type.String()),
  secp256k1: Type.Object({ chainstate: Type.String(), gateway: Type.String() }),
  nodeVersion: Type.String(),
  version: Type.String(),
});

export function addChain(fastify: HttpServer, services: Services, gate: Gate): void {
  const schema = { body: ChainRequest, response: { 201: ChainCreated } };
  fastify.post('/chain', { ...forOperators, schema }, async (request, reply) => {
    const { address, startOver } = request.body;
    const decoded = decodeAddress(address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', `${address}: ${decoded.message}`);
    const answer = await gate.exclusive(() => commandsOf(services, request.context).startChain(address, startOver));
    if (!answer.ok) return sendProblem(reply, answer.problem);
    const { chainId, height, blockHash } = answer.value;
    if (height === null) throw new Error(`the mined block ${blockHash} was not connected`);
    return reply.code(201).send({ chainId, height, hash: blockHash });
  });
  addReads(fastify, services);
}

function addReads(fastify: HttpServer, { chainstate }: Services): void {
  fastify.get('/node', { schema: { response: { 200: ThisNode } } }, async (request, reply) => {
    const answer = await chainstate.get<NodeView>(request.context, '/node');
    if (!answer.ok) return sendProblem(reply, answer.problem);
    const { network, chainId, secp256k1 } = answer.value;
    const implementations = { chainstate: secp256k1, gateway: secp256k1InUse() };
    const versions = { nodeVersion: process.version, version: manifest.version };
    return { network, chainId, secp256k1: implementations, ...versions };
  });
  const address = { schema: { params: Type.Object({ address: Type.String() }), response: { 200: AddressView } } };
  fastify.get('/addresses/:address', address, async (request, reply) => {
    const path = `/addresses/${encodeURIComponent(request.params.address)}`;
    const answer = await chainstate.get<AddressView>(request.context, path);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
}
