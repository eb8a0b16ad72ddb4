/** Events that a service could not apply: all of them, one of them whole, and trying one again. */
import Type from 'typebox';
import {
  DeadLetterView,
  eventSources,
  ReplayView,
  WholeDeadLetterView,
  type EventSource,
  type ReplayView as Replay,
} from '@pocket/contracts';
import { sendProblem, type HttpServer } from '@pocket/service-kit';
import { forOperators } from './administration.ts';
import { expectAnswer } from './commands.ts';
import type { Services } from './services.ts';

const Service = Type.Enum(eventSources, { description: 'Who could not apply it.' });
const Source = Type.Enum(eventSources, { description: 'Whose event it is.' });
const Position = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const ofService = { service: Service };

const listRoute = {
  schema: {
    querystring: Type.Object({ service: Type.Optional(Service) }, { additionalProperties: false }),
    response: { 200: Type.Array(Type.Object({ ...ofService, ...DeadLetterView.properties })) },
  },
};
const showRoute = {
  schema: {
    params: Type.Object({ ...ofService, source: Source, position: Position }),
    response: { 200: Type.Object({ ...ofService, ...WholeDeadLetterView.properties }) },
  },
};
const replayRoute = {
  ...forOperators,
  schema: {
    params: Type.Object({ ...ofService, source: Source }),
    response: { '2xx': Type.Object({ ...ofService, ...ReplayView.properties }) },
  },
};

export function addDeadLetters(fastify: HttpServer, services: Services): void {
  fastify.get('/dead-letters', listRoute, async (request) => {
    const { service } = request.query;
    const asked: readonly EventSource[] = service === undefined ? eventSources : [service];
    const letters = await Promise.all(
      asked.map(async (name) => {
        const found = expectAnswer(await services[name].get<DeadLetterView[]>(request.context, '/dead-letters'));
        return found.map((letter) => ({ service: name, ...letter }));
      }),
    );
    return letters.flat();
  });
  fastify.get('/dead-letters/:service/:source/:position', showRoute, async (request, reply) => {
    const { service, source, position } = request.params;
    const path = `/dead-letters/${source}/${position}`;
    const answer = await services[service].get<WholeDeadLetterView>(request.context, path);
    return answer.ok ? { service, ...answer.value } : sendProblem(reply, answer.problem);
  });
  fastify.post('/dead-letters/:service/:source/replay', replayRoute, async (request, reply) => {
    const { service, source } = request.params;
    const answer = await services[service].post<Replay>(request.context, `/dead-letters/${source}/replay`);
    if (!answer.ok) return sendProblem(reply, answer.problem);
    return reply.code(answer.value.state === 'applied' ? 200 : 202).send({ service, ...answer.value });
  });
}
