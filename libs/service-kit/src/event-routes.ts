/** What every service with a log answers about it: the log itself, for consumers that missed something, and its dead letters. */
import Type from 'typebox';
import { DeadLetterView, isEventSource, LogEventView } from '@pocket/contracts';
import type { EventNode } from '@pocket/eventstore';
import { refuse, type HttpServer } from './http-server.ts';

const LogQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, default: 0 }),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
  },
  { additionalProperties: false },
);

export function addEventRoutes(fastify: HttpServer, node: EventNode): void {
  fastify.get('/log', { schema: { querystring: LogQuery, response: { 200: Type.Array(LogEventView) } } }, (request) =>
    node.log.read(request.query.after, request.query.limit),
  );
  fastify.get('/log/head', () => node.log.head());
  fastify.get('/dead-letters', { schema: { response: { 200: Type.Array(DeadLetterView) } } }, () =>
    node.deadLetters.list(),
  );
  fastify.post(
    '/dead-letters/:source/replay',
    { schema: { params: Type.Object({ source: Type.String() }) } },
    (request, reply) => {
      const { source } = request.params;
      if (!isEventSource(source) || !node.sources.includes(source))
        return refuse(
          reply,
          'not-found',
          `this service does not consume ${source}; it consumes ${node.sources.join(', ')}`,
        );
      if (!node.replay(source)) return refuse(reply, 'service-unavailable', 'another replica leads; ask that one');
      return reply.code(202).send({ source });
    },
  );
}
