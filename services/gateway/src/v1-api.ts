/** The first calls of our own API: what the original's methods need and its HTTP calls lack. */
import Type from 'typebox';
import { networks } from '@pocket/chain';
import type { BlockReceipt } from '@pocket/contracts';
import { AddressView } from '@pocket/contracts';
import { decodeAddress } from '@pocket/crypto';
import { refuse, sendProblem, type HttpServer } from '@pocket/service-kit';
import { commandsOf } from './commands.ts';
import type { Gate } from './gate.ts';
import { refuseOtherMethods } from './other-methods.ts';
import type { Services } from './services.ts';

const ChainRequest = Type.Object(
  {
    address: Type.String({ description: 'Who gets the reward of the first block.' }),
    startOver: Type.Boolean({ default: false, description: 'Begin a new chain although this one has blocks.' }),
  },
  { additionalProperties: false },
);
const ChainCreated = Type.Object({ chainId: Type.String(), height: Type.Integer(), hash: Type.String() });

/** Registered under `/v1`. */
export function v1Api(services: Services, gate: Gate) {
  return async (fastify: HttpServer): Promise<void> => {
    fastify.post(
      '/chain',
      { schema: { body: ChainRequest, response: { 201: ChainCreated } } },
      async (request, reply) => {
        const { address, startOver } = request.body;
        const decoded = decodeAddress(address, networks.pocket.addressVersion);
        if (!decoded.ok) return refuse(reply, 'invalid-address', `${address}: ${decoded.message}`);
        const answer = await gate.exclusive(() => commandsOf(services, request.context).startChain(address, startOver));
        if (!answer.ok) return sendProblem(reply, answer.problem);
        const { chainId, height, blockHash } = answer.value satisfies Type.Static<typeof BlockReceipt>;
        return reply.code(201).send({ chainId, height, hash: blockHash });
      },
    );
    fastify.get('/addresses/:address', addressRoute, async (request, reply) => {
      const path = `/addresses/${encodeURIComponent(request.params.address)}`;
      const answer = await services.chainstate.get<AddressView>(request.context, path);
      return answer.ok ? answer.value : sendProblem(reply, answer.problem);
    });
    refuseOtherMethods(fastify, ['/chain'], ['POST'], (reply, detail) => refuse(reply, 'method-not-allowed', detail));
    refuseOtherMethods(fastify, ['/addresses/:address'], ['GET', 'HEAD'], (reply, detail) =>
      refuse(reply, 'method-not-allowed', detail),
    );
    await Promise.resolve();
  };
}

const addressRoute = {
  schema: { params: Type.Object({ address: Type.String() }), response: { 200: AddressView } },
};
