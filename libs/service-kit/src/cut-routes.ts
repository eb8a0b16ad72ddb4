/** What every service answers about its log to whoever cuts through all of them at an event; see the gateway's cut.ts. */
import Type from 'typebox';
import { CutQuery, EventPoint, eventSources, LogPosition, type EventSource } from '@pocket/contracts';
import { pointAt, pointOfEvent, positionAtMoment, type EventLog, type SqlClient } from '@pocket/eventstore';
import { refuse, type HttpServer } from './http-server.ts';

const positionRoute = {
  schema: {
    params: Type.Object({ position: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
    response: { 200: EventPoint },
  },
};
const idRoute = {
  schema: { params: Type.Object({ eventId: CutQuery.properties.eventId }), response: { 200: EventPoint } },
};
/** What an event brings about here is only known when it has been followed up to there. */
const cutRoute = {
  schema: { querystring: CutQuery, response: { 200: LogPosition } },
  config: { awaits: [...eventSources] },
};

interface CutParts {
  fastify: HttpServer;
  service: EventSource;
  log: Pick<EventLog, 'head'>;
  client: SqlClient;
}

export function addCutRoutes({ fastify, service, log, client }: CutParts): void {
  fastify.get('/log/positions/:position', positionRoute, async ({ params }, reply) => {
    const point = await pointAt(client, params.position);
    if (point !== undefined) return point;
    const [found, head] = [params.position, (await log.head()).position];
    const detail = `the log of ${service} ends at position ${head}, so that ${found} has not come`;
    return refuse(reply, 'unknown-moment', detail, 'unknown-moment', { found, expected: `0 to ${head}` });
  });
  fastify.get('/log/ids/:eventId', idRoute, async ({ params }, reply) => {
    const { eventId } = params;
    return (
      (await pointOfEvent(client, eventId)) ??
      refuse(reply, 'not-found', `the log of ${service} has no event ${eventId}`)
    );
  });
  fastify.get('/log/cut', cutRoute, async ({ query }) => ({
    position: await positionAtMoment(client, query.recordedAt, query.eventId),
  }));
}
