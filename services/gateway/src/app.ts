/** The gateway put together: it decides nothing, it translates the outer contracts into calls to the services. */
import { mergePositions, type Positions } from '@pocket/contracts';
import { useFastestCryptography } from '@pocket/crypto/native';
import { instanceName, listenForAppends } from '@pocket/eventstore';
import { buildHttpServer, createLogger, inTurns, type HttpServer, type Running } from '@pocket/service-kit';
import { addAdmin } from './admin.ts';
import { guardAdministration, judgeOf } from './administration.ts';
import { Asides } from './asides.ts';
import type { GatewayConfig } from './config.ts';
import { readersOf } from './feed.ts';
import { createGate } from './gate.ts';
import { originalApi, originalUnreadablePath } from './original-api.ts';
import { Peers } from './peers.ts';
import { closeServices, connectServices, readinessOf } from './services.ts';
import { serveStand, standFile } from './stand.ts';
import { Tail } from './tail.ts';
import { v1Api } from './v1-api.ts';

export interface Gateway extends Running {
  fastify: HttpServer;
}

const BODY_LIMIT_BYTES = 1_000_000;

export async function buildApp(config: GatewayConfig): Promise<Gateway> {
  const judge = judgeOf(config);
  await useFastestCryptography();
  const services = connectServices(config.urls);
  const logger = createLogger('gateway', config.logLevel);
  const fastify = buildHttpServer({
    logger,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    readiness: inTurns(() => readinessOf(services)),
    unreadablePath: originalUnreadablePath,
    unknownPath: standFile,
  });
  guardAdministration(fastify, judge);
  const known: Positions = {};
  const peers = new Peers({ namespace: config.namespace, instance: instanceName(), known });
  rememberPositions(fastify, known, peers);
  const gate = createGate();
  await fastify.register(originalApi(services, gate), { prefix: '/api' });
  const readers = readersOf(services);
  const tail = new Tail({ readers, failed: (error) => logger.debug({ err: error }, 'the logs could not be read') });
  const asides = new Asides();
  const stopListening = listenForAppends({
    natsUrl: config.natsUrl,
    namespace: config.namespace,
    clientName: 'gateway',
    notice: (service, position) => {
      mergePositions(known, { [service]: position });
      tail.hint(service, position);
    },
    progress: (text) => asides.say(text),
    connected: (connection) => peers.meet(connection),
  });
  await addAdmin(fastify, config.urls.miner);
  await fastify.register(v1Api(services, gate, { readers, tail, asides }), { prefix: '/v1' });
  if (!(await serveStand(fastify))) logger.warn('the test stand is not built, so that it is not served');
  const close = async () => {
    await fastify.close();
    await peers.leave();
    await stopListening();
    await closeServices(services);
  };
  return { fastify, close };
}

/**
 * Every request sees what any earlier one has written, through this gateway or another one, without the client's knowing of
 * positions: what is `known` is asked for, and an answer that has written waits until the other gateways know as well.
 */
function rememberPositions(fastify: HttpServer, known: Positions, peers: Peers): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    mergePositions(request.context.after, known);
    done();
  });
  fastify.addHook('onSend', (request, _reply, _payload, done) => {
    mergePositions(known, request.context.seen);
    const told = peers.tell(request.context.seen);
    if (told === undefined) done();
    else void told.then(() => done(), done);
  });
}
