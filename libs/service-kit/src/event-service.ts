/**
 * The frame of a service with a log: migrated Postgres, NATS, the event node and the HTTP server, started in that
 * order and stopped in the reverse one. What the service decides is not here.
 */
import pino, { type Logger } from 'pino';
import { Registry } from 'prom-client';
import pRetry from 'p-retry';
import { problem, type EventSource, type Problem } from '@pocket/contracts';
import {
  announceAppends,
  applyMigrations,
  connectBus,
  EventNode,
  keepRecording,
  UnavailableError,
  type Bus,
  type Fold,
  type Source,
  type SqlClient,
} from '@pocket/eventstore';
import type { ServiceClient } from './client.ts';
import { contextOfOwn } from './context.ts';
import { addCutRoutes } from './cut-routes.ts';
import { addEventRoutes } from './event-routes.ts';
import { buildHttpServer, type HttpServer } from './http-server.ts';
import { measureNode } from './metrics.ts';
import { refuseNewerLog, stoppingAtUnknown, unreadableEnd } from './newer-log.ts';
import { readableStack } from './readable-stack.ts';
import { readinessOf } from './readiness.ts';
import { addWatchRoutes } from './watch-routes.ts';

export interface EventServiceConfig {
  databaseUrl: string;
  natsUrl: string;
  namespace: string;
  /** On how many servers of a NATS cluster every stream is kept. */
  streamReplicas: number;
  logLevel: string;
  /** After how many events the state of the tables is hashed and recorded; 0 for never. */
  stateHashEvery: number;
}

export interface EventServiceParts {
  fastify: HttpServer;
  node: EventNode;
  bus: Bus;
  logger: Logger;
}

export interface EventServiceOptions {
  service: EventSource;
  config: EventServiceConfig;
  /** The service's Prisma client, opened on its own Postgres schema, and how to end it. */
  client: SqlClient & { $disconnect(): Promise<void> };
  migrations: URL;
  /** How the service's tables come about from the logs. */
  fold: Fold;
  bodyLimitBytes?: number;
  /** What else must be there before the service can serve; each entry names what is missing. */
  readiness?: () => Promise<string[]>;
  /** What it measures itself; what is known of its log is added. */
  metrics?: Registry;
}

export interface EventService extends EventServiceParts {
  /** Follows these logs from now on, and does `duty` (returning how to end it) while this replica leads. */
  follow(sources: Source[], duty?: () => () => void): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 5_000;
const START_RETRIES = 8;
const INNER_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

export async function createEventService(options: EventServiceOptions): Promise<EventService> {
  const { service, config, client } = options;
  const logger = createLogger(service, config.logLevel);
  await whileStarting(() => migrate(options));
  await refuseNewerLog(service, client);
  const bus = await whileStarting(() => connectBus(config.natsUrl, config.namespace, service, config.streamReplicas));
  const node = new EventNode({ service, databaseUrl: config.databaseUrl, client, bus, logger });
  const metrics = options.metrics ?? new Registry();
  measureNode(metrics, node);
  const fastify = buildHttpServer({
    ...{ logger, metrics },
    bodyLimitBytes: options.bodyLimitBytes ?? INNER_BODY_LIMIT_BYTES,
    readiness: () => readinessOf(node, bus, options.readiness),
    // What a service does not follow, its answers do not wait for.
    waitFor: async (source, position) =>
      !node.sources.includes(source) || node.progress.waitFor(source, position, WAIT_MS),
    behind: (source, position) => problemOfBehind(service, node, source, position),
    causeOfConflict: ({ streams }) => unreadableEnd(service, client, streams),
  });
  addEventRoutes(fastify, node);
  addWatchRoutes(fastify, client);
  announceAppends(bus, service, node.log);
  addCutRoutes({ fastify, service, log: node.log, client });
  return {
    ...{ fastify, node, bus, logger },
    follow: (sources, duty = () => () => undefined) =>
      node.start(sources.map(stoppingAtUnknown), () => {
        const { stateHashEvery: every } = config;
        const ends = [duty(), keepRecording({ client, log: node.log, fold: options.fold, every, logger })];
        return () => ends.forEach((end) => end());
      }),
    close: async () => {
      await fastify.close();
      await node.close();
      await bus.connection.drain().catch(() => undefined);
      await client.$disconnect();
    },
  };
}

/** Who is behind, and whether waiting will help: not where an event stops the following until somebody mends it. */
async function problemOfBehind(
  service: EventSource,
  { progress, deadLetters }: EventNode,
  source: EventSource,
  position: number,
): Promise<Problem> {
  const letter = await deadLetters.of(source).catch(() => undefined);
  if (letter !== undefined && letter.position <= position)
    return problem(
      'stopped',
      `${service} has not applied event ${position} of ${source}: event ${letter.position} stops it (${letter.error})`,
    );
  const applied = progress.applied(source);
  return problem('behind', `${service} has not applied event ${position} of ${source} yet: it is at event ${applied}`);
}

/** Another service's log, as a subscription and a fold read it; `limit` is the most events of an answer. */
export interface LogOverHttp {
  fetchHead: Source['fetchHead'];
  fetchLog: (after: number, limit?: number) => ReturnType<Source['fetchLog']>;
}

export function logOf(client: Pick<ServiceClient, 'get'>): LogOverHttp {
  return {
    fetchHead: () => ask(client, '/log/head'),
    fetchLog: (after, limit) => ask(client, `/log?after=${after}${limit === undefined ? '' : `&limit=${limit}`}`),
  };
}

async function ask<T>(client: Pick<ServiceClient, 'get'>, path: string): Promise<T> {
  const answer = await client.get<T>(contextOfOwn(), path);
  if (!answer.ok) throw new UnavailableError(answer.problem.detail);
  return answer.value;
}

export function createLogger(service: string, level: string): Logger {
  return pino({ level, base: { service, pid: process.pid }, serializers: { err: readableError } });
}

/** Pino's own, with a trace by the lines of the sources; without one where a server is away, which is nobody's line. */
function readableError(error: Error): unknown {
  if (error instanceof UnavailableError) return { type: error.name, message: error.message };
  const written = pino.stdSerializers.err(error);
  return written instanceof Object && typeof written.stack === 'string'
    ? Object.assign(written, { stack: readableStack(written.stack) })
    : written;
}

async function migrate({ service, config, migrations }: EventServiceOptions): Promise<void> {
  await applyMigrations({ databaseUrl: config.databaseUrl, schema: schemaOf(service), directory: migrations }).catch(
    (error: unknown) => {
      if (!isConnectionFailure(error)) throw error;
      throw new UnavailableError(`Postgres cannot be reached (${textOf(error)}). Start it, or correct DATABASE_URL.`);
    },
  );
}

/** The Postgres schema of a service: its name, with underscores. */
export function schemaOf(service: EventSource): string {
  return service.replaceAll('-', '_');
}

function whileStarting<T>(attempt: () => Promise<T>): Promise<T> {
  return pRetry(attempt, {
    retries: START_RETRIES,
    minTimeout: 100,
    maxTimeout: 2_000,
    shouldRetry: ({ error }) => error instanceof UnavailableError && !/max_payload|JetStream/.test(error.message),
  });
}

function isConnectionFailure(error: unknown): boolean {
  return /ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|timeout|terminated|starting up|shutting down/i.test(textOf(error));
}

function textOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return [code, message].filter((part) => typeof part === 'string' && part !== '').join(' ');
}
