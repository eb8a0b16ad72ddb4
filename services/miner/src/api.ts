/** HTTP ↔ command and query, nothing else. */
import { ADDRESS_VERSION } from '@pocket/chain';
import {
  BlockReceipt,
  BlockTemplateView,
  MinerView,
  MiningMode,
  MiningModeRequest,
  MiningOrder,
  TemplateQuery,
} from '@pocket/contracts';
import { decodeAddress } from '@pocket/crypto';
import { refuse, sendProblem, untilAskerLeaves, type EventService } from '@pocket/service-kit';
import { completeMode } from './domain/mode.ts';
import { createMining, type MiningParts } from './mining.ts';
import { readOverview, type OverviewParts } from './overview.ts';
import { readTemplate } from './queries.ts';
import { SearchStoppedError } from './searching.ts';
import type { ModeWriter } from './store.ts';

export interface ApiParts extends MiningParts, OverviewParts, Pick<EventService, 'fastify'> {
  jobs: MiningParts['jobs'] & OverviewParts['jobs'];
  board: MiningParts['board'] & OverviewParts['board'];
  modeWriter: Pick<ModeWriter, 'execute'>;
}

export function addApi(parts: ApiParts): void {
  addOrders(parts);
  addMode(parts);
  const { fastify } = parts;
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
  fastify.get('/overview', { schema: { response: { 200: MinerView } } }, async (request, reply) => {
    const answer = await readOverview(parts, request.context);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
}

function addOrders({ fastify, ...parts }: ApiParts): void {
  const mine = createMining(parts);
  const order = { schema: { body: MiningOrder, response: { 201: BlockReceipt } } };
  fastify.post('/blocks', order, async (request, reply) => {
    const decoded = decodeAddress(request.body.address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', decoded.message);
    const leaving = untilAskerLeaves(reply, new SearchStoppedError('cancelled', 'whoever asked for it has gone'));
    const answer = await mine(request.context, request.body, leaving).catch((error: unknown) => {
      if (!leaving.aborted) throw error;
    });
    // There is nobody to answer.
    if (answer === undefined) return reply.hijack();
    return answer.ok ? reply.code(201).send(answer.value) : sendProblem(reply, answer.problem);
  });
}

function addMode({ fastify, readMode, modeWriter }: ApiParts): void {
  fastify.get('/mode', { schema: { response: { 200: MiningMode } } }, readMode);
  fastify.put(
    '/mode',
    { schema: { body: MiningModeRequest, response: { 200: MiningMode } } },
    async (request, reply) => {
      const mode = completeMode(request.body);
      if (typeof mode === 'string') return refuse(reply, 'invalid-mode', mode);
      const decoded = mode.address === null ? undefined : decodeAddress(mode.address, ADDRESS_VERSION);
      if (decoded?.ok === false) return refuse(reply, 'invalid-address', `${mode.address}: ${decoded.message}`);
      const written = await modeWriter.execute({ type: 'SetMode', mode }, request.context.metadata);
      request.context.wrote('miner', written.position);
      return written.reply;
    },
  );
}
