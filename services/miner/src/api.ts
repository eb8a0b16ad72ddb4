/** HTTP ↔ command, nothing else. */
import { networks } from '@pocket/chain';
import { BlockReceipt, MiningOrder } from '@pocket/contracts';
import { decodeAddress } from '@pocket/crypto';
import { refuse, sendProblem, type EventService } from '@pocket/service-kit';
import { createMining, type MiningParts } from './mining.ts';

export function addApi({ fastify, ...parts }: MiningParts & Pick<EventService, 'fastify'>): void {
  const mine = createMining(parts);
  fastify.post(
    '/blocks',
    { schema: { body: MiningOrder, response: { 201: BlockReceipt } } },
    async (request, reply) => {
      const address = decodeAddress(request.body.address, networks.pocket.addressVersion);
      if (!address.ok) return refuse(reply, 'invalid-address', address.message);
      const answer = await mine(request.context, request.body);
      return answer.ok ? reply.code(201).send(answer.value) : sendProblem(reply, answer.problem);
    },
  );
}
