/**
 * The Fastify server every service is built on: one error shape (problem+json), a request context with positions,
 * alive and ready answers, metrics, and no log line per request.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import {
  CORRELATION_HEADER,
  errorCatalog,
  formatPositions,
  POSITION_HEADER,
  problem,
  PROBLEM_CONTENT_TYPE,
  UnreadableEventError,
  type ErrorCode,
  type EventSource,
  type Problem,
  type RefusalDetails,
} from '@pocket/contracts';
import { classifyFailure, ConflictError, instanceName, isTransient, UnavailableError } from '@pocket/eventstore';
import { contextOf, contextOfOwn, type RequestContext } from './context.ts';
import { createHttpMetrics } from './metrics.ts';
import { buildSerializer } from './serialization.ts';
import { compileValidator, describeErrors } from './validation.ts';

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext;
  }
  interface FastifyContextConfig {
    /** The logs whose positions this route's answer depends on; a request may ask to wait for them. */
    awaits?: EventSource[];
  }
}

export type HttpServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  Logger,
  TypeBoxTypeProvider
>;

/** Names in `missing` what keeps the service from serving; empty means ready. What else there is to say stands beside it. */
export type Readiness = () => Promise<{ missing: string[] }> | { missing: string[] };

export interface HttpServerOptions {
  logger: Logger;
  readiness: Readiness;
  bodyLimitBytes: number;
  /** Waits until `source` is applied up to `position`; false when the bound has passed. */
  waitFor?: (source: EventSource, position: number) => Promise<boolean>;
  /** What to answer then. */
  behind?: (source: EventSource, position: number) => Promise<Problem>;
  /** What is behind a conflict that no retry could end; undefined where it was the crowd. */
  causeOfConflict?: (conflict: ConflictError) => Promise<Error | undefined>;
  /** What else Prometheus may read, beside the process and its requests. */
  metrics?: Registry | undefined;
  /** Answers a path that no route takes by something else than a refusal; undefined where there is nothing else. */
  unknownPath?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;
  /** Answers a path that cannot be decoded in another shape than ours; undefined where ours will do. */
  unreadablePath?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;
}

export function buildHttpServer(options: HttpServerOptions): HttpServer {
  const fastify = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimitBytes,
    forceCloseConnections: 'idle',
    schemaErrorFormatter: describeErrors,
    schemaController: { compilersFactory: { buildSerializer } },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => {
      request.context = contextOfOwn();
      if (options.unreadablePath?.(request, reply) === undefined)
        void sendProblem(reply, problem('invalid-request', error.message));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  fastify.removeContentTypeParser('text/plain');
  fastify.setValidatorCompiler(compileValidator);
  addContext(fastify);
  addWaiting(fastify, options);
  addErrors(fastify, options);
  addMetrics(fastify, options.metrics);
  addHealth(fastify, options.readiness);
  return fastify;
}

/**
 * Answers with a catalogued error; `code` overrides the catalogue's where a more exact word exists, `details` are the
 * values behind it.
 */
export function refuse(
  reply: FastifyReply,
  error: ErrorCode,
  detail: string,
  code?: string,
  details?: RefusalDetails,
): FastifyReply {
  return sendProblem(reply, problem(error, detail, code, details));
}

/** Answers with a problem as it is, for example one that another service has given. */
export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.status === 503) void reply.header('retry-after', '1');
  return reply.code(body.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(body));
}

/** Aborted, with this reason, when the connection ends before the answer: nobody waits for it any more. */
export function untilAskerLeaves({ raw }: FastifyReply, reason?: Error): AbortSignal {
  const leaving = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) leaving.abort(reason);
  });
  return leaving.signal;
}

/** A refusal for whoever has to give it without knowing in which shape the path at hand answers. */
export class RefusalError extends Error {
  override name = 'RefusalError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/**
 * The catalogued error that a thrown one amounts to.
 * @param bodyLimitBytes of the route: every one may have a limit of its own, so that the answer must name it.
 */
export function problemOfError(thrown: unknown, bodyLimitBytes: number): Problem {
  if (thrown instanceof RefusalError) return thrown.problem;
  const error = classifyFailure(thrown);
  if (isTransient(error)) {
    const detail = error instanceof UnavailableError ? error.message : 'too many writers at once; nothing was changed';
    return problem('service-unavailable', detail);
  }
  if (error instanceof UnreadableEventError) return problem('newer-log', error.message);
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (statusCode === undefined || statusCode >= 500)
    return problem('internal-error', 'The service failed on this request.');
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const detail = `the body has more than the ${bodyLimitBytes} bytes that this path takes`;
    return problem('payload-too-large', detail, 'payload-too-large', { limitBytes: bodyLimitBytes });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return problem('unsupported-media-type', message ?? '');
  return problem('invalid-request', message ?? '');
}

function addContext(fastify: HttpServer): void {
  fastify.decorateRequest('context');
  fastify.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request.headers);
    request.context = context ?? contextOfOwn();
    if (context !== undefined) done();
    else void refuse(reply, 'invalid-request', 'x-pocket-after must read like chainstate=42,wallet=7');
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header(CORRELATION_HEADER, request.context.metadata.correlationId);
    const positions = formatPositions(request.context.seen);
    if (positions !== '') void reply.header(POSITION_HEADER, positions);
    done();
  });
}

function addWaiting(fastify: HttpServer, { waitFor, behind = notYet }: HttpServerOptions): void {
  if (waitFor === undefined) return;
  fastify.addHook('onRoute', (route) => {
    const { awaits = [] } = route.config ?? {};
    if (awaits.length === 0) return;
    route.preHandler = async (request, reply) => {
      for (const source of awaits) {
        const position = request.context.after[source];
        if (position !== undefined && !(await waitFor(source, position)))
          return sendProblem(reply, await behind(source, position));
      }
      return undefined;
    };
  });
}

function notYet(source: EventSource, position: number): Promise<Problem> {
  return Promise.resolve(problem('behind', `event ${position} of ${source} is not applied here yet`));
}

function addErrors(fastify: HttpServer, { causeOfConflict, unknownPath }: HttpServerOptions): void {
  fastify.setErrorHandler(async (error, request: FastifyRequest, reply) => {
    const cause = error instanceof ConflictError ? await causeOfConflict?.(error).catch(() => undefined) : undefined;
    const body = problemOfError(cause ?? error, request.routeOptions.bodyLimit);
    if (body.status >= 500)
      request.log.error({ err: error, correlationId: request.context.metadata.correlationId }, 'request failed');
    return sendProblem(reply, body);
  });
  fastify.addHook('onSend', ({ raw }, { statusCode }, _payload, done) => {
    if (statusCode === errorCatalog['payload-too-large'].status) void readRest(raw).then(() => done());
    else done();
  });
  fastify.setNotFoundHandler(
    (request, reply) =>
      unknownPath?.(request, reply) ?? refuse(reply, 'not-found', `There is no ${request.method} ${request.url} here.`),
  );
}

const READ_REST_WITHIN_MS = 5_000;

/** A client that is still writing when its connection is closed would never read why. */
async function readRest(body: IncomingMessage): Promise<void> {
  body.resume();
  await finished(body, { writable: false, signal: AbortSignal.timeout(READ_REST_WITHIN_MS) }).catch(() => undefined);
}

/** For Prometheus. */
function addMetrics(fastify: HttpServer, more?: Registry): void {
  const metrics = createHttpMetrics(more);
  fastify.addHook('onResponse', ({ method, routeOptions }, { statusCode, elapsedTime }, done) => {
    metrics.answered(method, routeOptions.url, statusCode, elapsedTime);
    done();
  });
  fastify.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.gather();
    return reply.type(contentType).send(text);
  });
}

function addHealth(fastify: HttpServer, readiness: Readiness): void {
  fastify.get('/healthz', () => ({ alive: true }));
  fastify.get('/readyz', async (_request, reply) => {
    const { missing, ...more } = await readiness();
    return reply
      .code(missing.length === 0 ? 200 : errorCatalog['service-unavailable'].status)
      .send({ ready: missing.length === 0, missing, instance: instanceName(), ...more });
  });
}
