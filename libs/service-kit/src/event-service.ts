/**
 * The frame of a service with a log: migrated Postgres, NATS, the event node and the HTTP server, started in that
 * order and stopped in the reverse one. What the service decides is not here.
 */
import pino, { type Logger } from 'pino';
import pRetry from 'p-retry';
import type { EventSource } from '@pocket/contracts';
import {
  applyMigrations,
  connectBus,
  EventNode,
  UnavailableError,
  type Bus,
  type Source,
  type SqlClient,
} from '@pocket/eventstore';
import type { ServiceClient } from './client.ts';
import { contextOfOwn } from './context.ts';
import { addEventRoutes } from './event-routes.ts';
import { buildHttpServer, type HttpServer } from './http-server.ts';

export interface EventServiceConfig {
  databaseUrl: string;
  natsUrl: string;
  namespace: string;
  logLevel: string;
}

export interface EventServiceParts {
  fastify: HttpServer;
  node: EventNode;
  logger: Logger;
}

export interface EventServiceOptions {
  service: EventSource;
  config: EventServiceConfig;
  /** The service's Prisma client, opened on its own Postgres schema, and how to end it. */
  client: SqlClient & { $disconnect(): Promise<void> };
  migrations: URL;
  bodyLimitBytes?: number;
  /** What else must be there before the service can serve; each entry names what is missing. */
  readiness?: () => Promise<string[]>;
}

export interface EventService extends EventServiceParts {
  /** Follows these logs from now on, and does `duty` (returning how to end it) while this replica leads. */
  follow(sources: Source[], duty?: () => () => void): Promise<void>;
  close(): Promise<void>;
}

const WAIT_MS = 5_000;
const READINESS_WITHIN_MS = 1_000;
const START_RETRIES = 8;
const INNER_BODY_LIMIT_BYTES = 8 * 1024 * 1024;

export async function createEventService(options: EventServiceOptions): Promise<EventService> {
  const { service, config, client } = options;
  const logger = createLogger(service, config.logLevel);
  await whileStarting(() => migrate(options));
  const bus = await whileStarting(() => connectBus(config.natsUrl, config.namespace, service));
  const node = new EventNode({ service, databaseUrl: config.databaseUrl, client, bus, logger });
  const fastify = buildHttpServer({
    logger,
    bodyLimitBytes: options.bodyLimitBytes ?? INNER_BODY_LIMIT_BYTES,
    readiness: () => missingParts(node, bus, options),
    waitFor: (source, position) => node.progress.waitFor(source, position, WAIT_MS),
  });
  addEventRoutes(fastify, node);
  return {
    fastify,
    node,
    logger,
    follow: (sources, duty) => node.start(sources, duty),
    close: async () => {
      await fastify.close();
      await node.close();
      await bus.connection.drain().catch(() => undefined);
      await client.$disconnect();
    },
  };
}

/** How a subscription asks another service about its log. */
export function logOf(client: Pick<ServiceClient, 'get'>): Pick<Source, 'fetchHead' | 'fetchLog'> {
  return {
    fetchHead: () => ask(client, '/log/head'),
    fetchLog: (after) => ask(client, `/log?after=${after}`),
  };
}

async function ask<T>(client: Pick<ServiceClient, 'get'>, path: string): Promise<T> {
  const answer = await client.get<T>(contextOfOwn(), path);
  if (!answer.ok) throw new UnavailableError(answer.problem.detail);
  return answer.value;
}

export function createLogger(service: string, level: string): Logger {
  return pino({ level, base: { service, pid: process.pid } });
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

async function missingParts(node: EventNode, bus: Bus, { readiness }: EventServiceOptions): Promise<string[]> {
  const missing = node.obstacles;
  if (bus.connection.isClosed()) missing.push('NATS');
  else if (!(await answers(bus.connection.flush()))) missing.push('NATS');
  if (!(await answers(node.log.head()))) missing.push('Postgres');
  return [...missing, ...((await readiness?.()) ?? [])];
}

/** Whether a server answers within the bound; readiness must not hang with what it reports on. */
async function answers(attempt: Promise<unknown>): Promise<boolean> {
  const timeout = new Promise<false>((resolve) => setTimeout(() => resolve(false), READINESS_WITHIN_MS).unref());
  return Promise.race([attempt.then(() => true).catch(() => false), timeout]);
}
