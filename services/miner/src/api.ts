/** HTTP ↔ command and query, nothing else. */
import { ADDRESS_VERSION } from '@pocket/chain';
import { BlockReceipt, BlockTemplateView, MiningOrder, TemplateQuery } from '@pocket/contracts';
import { decodeAddress } from '@pocket/crypto';
import { refuse, sendProblem, type EventService } from '@pocket/service-kit';
import { createMining, type MiningParts } from './mining.ts';
import { readTemplate } from './queries.ts';

export function addApi({ fastify, ...parts }: MiningParts & Pick<EventService, 'fastify'>): void {
  const mine = createMining(parts);
  fastify.post(
    '/blocks',
    { schema: { body: MiningOrder, response: { 201: BlockReceipt } } },
    async (request, reply) => {
      const decoded = decodeAddress(request.body.address, ADDRESS_VERSION);
      if (!decoded.ok) return refuse(reply, 'invalid-address', decoded.message);
      const answer = await mine(request.context, request.body);
      return answer.ok ? reply.code(201).send(answer.value) : sendProblem(reply, answer.problem);
    },
  );
  fastify.get(
    '/template',
    { schema: { querystring: TemplateQuery, response: { 200: BlockTemplateView } } },
    async (request, reply) => {
      const decoded = decodeAddress(request.query.address, ADDRESS_VERSION);
      if (!decoded.ok) return refuse(reply, 'invalid-address', decoded.message);
      const answer = await readTemplate(parts, request.context, { ...request.query, address: decoded.address });
      return answer.ok ? answer.value : sendProblem(reply, answer.problem);
    },
  );
}
