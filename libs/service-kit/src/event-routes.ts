/** What every service with a log answers about it: the log itself, for consumers that missed something, and its dead letters. */
import Type from 'typebox';
import {
  DeadLetterView,
  isEventSource,
  LogEventView,
  ReplayView,
  WholeDeadLetterView,
  type RefusalDetails,
} from '@pocket/contracts';
import type { DeadLetter, EventNode, ReplayOutcome } from '@pocket/eventstore';
import type { FastifyReply } from 'fastify';
import { refuse, type HttpServer } from './http-server.ts';

const LogQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, default: 0 }),
    limit: Type.Integer({ minimum: 1, maximum: 1000, default: 200 }),
  },
  { additionalProperties: false },
);
const OfSource = Type.Object({ source: Type.String() });
const OfEvent = Type.Object({ source: Type.String(), position: Type.Integer({ minimum: 1 }) });

export function addEventRoutes(fastify: HttpServer, node: EventNode): void {
  fastify.get('/log', { schema: { querystring: LogQuery, response: { 200: Type.Array(LogEventView) } } }, (request) =>
    node.log.read(request.query.after, request.query.limit),
  );
  fastify.get('/log/head', () => node.log.head());
  fastify.get('/dead-letters', { schema: { response: { 200: Type.Array(DeadLetterView) } } }, async () =>
    (await node.deadLetters.list()).map(wholeOf),
  );
  addOneLetter(fastify, node);
}

function addOneLetter(fastify: HttpServer, node: EventNode): void {
  const shown = { schema: { params: OfEvent, response: { 200: WholeDeadLetterView } } };
  fastify.get('/dead-letters/:source/:position', shown, async (request, reply) => {
    const { source, position } = request.params;
    if (!follows(node, source)) return refuseSource(reply, node, source);
    const letter = await node.deadLetters.of(source);
    if (letter?.position === position) return wholeOf(letter);
    const waiting = letter === undefined ? 'none does' : `event ${letter.position} does`;
    return refuse(reply, 'no-dead-letter', `event ${position} of ${source} does not wait here; ${waiting}`);
  });
  const replayed = { schema: { params: OfSource, response: { '2xx': ReplayView } } };
  fastify.post('/dead-letters/:source/replay', replayed, async (request, reply) => {
    const { source } = request.params;
    if (!follows(node, source)) return refuseSource(reply, node, source);
    return sendOutcome(reply, source, await node.replay(source));
  });
}

const follows = (node: EventNode, source: string): boolean => isEventSource(source) && node.sources.includes(source);

function refuseSource(reply: FastifyReply, { sources }: EventNode, source: string): FastifyReply {
  const followed = sources.length === 0 ? 'no log' : sources.join(', ');
  return refuse(reply, 'not-found', `this service does not follow ${source}; it follows ${followed}`);
}

function wholeOf({ event, ...letter }: DeadLetter): WholeDeadLetterView {
  return { ...letter, type: event.type, schemaVersion: event.schemaVersion, event };
}

function sendOutcome(reply: FastifyReply, source: string, outcome: ReplayOutcome): FastifyReply {
  switch (outcome.state) {
    case 'none':
      return refuse(reply, 'no-dead-letter', `no event of ${source} waits here`);
    case 'failed': {
      const { position, error, attempts } = outcome;
      const details: RefusalDetails = { source, position, error, attempts };
      return refuse(reply, 'replay-failed', `event ${position} of ${source}: ${error}`, 'replay-failed', details);
    }
    case 'applied':
    case 'running':
      return reply.code(outcome.state === 'applied' ? 200 : 202).send({ source, ...outcome });
    default:
      return outcome satisfies never;
  }
}
