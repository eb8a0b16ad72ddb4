/**
 * The HTTP client between services: keeps connections, hands the request's context on and collects the positions that
 * come back. A refusal of the other side is a value; a service that cannot be reached is an UnavailableError.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import { Pool } from 'undici';
import { mergePositions, parsePositions, POSITION_HEADER, problem, type Problem } from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import type { RequestContext } from './context.ts';

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export interface ServiceClient {
  get<T>(context: RequestContext, path: string): Promise<Answer<T>>;
  post<T>(context: RequestContext, path: string, body?: unknown): Promise<Answer<T>>;
  delete<T>(context: RequestContext, path: string): Promise<Answer<T>>;
  /** What the service says is missing before it can serve. */
  readiness(): Promise<{ missing: string[] }>;
  close(): Promise<void>;
}

const CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 60_000;
const CONNECT_RETRIES = 4;
const READINESS_WITHIN_MS = 2_000;

/** @param service its name, for error messages; @param url its base URL. */
export function createServiceClient(service: string, url: string): ServiceClient {
  const pool = new Pool(url, {
    connections: CONNECTIONS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: HEADERS_TIMEOUT_MS,
  });
  const call = <T>(method: 'GET' | 'POST' | 'DELETE', context: RequestContext, path: string, body?: unknown) =>
    retryWhileUnreached(() => request<T>(pool, method, context, path, body)).catch((error: unknown) => {
      throw new UnavailableError(`the ${service} service at ${url} cannot be reached (${reasonOf(error)})`, {
        cause: error,
      });
    });
  return {
    get: (context, path) => call('GET', context, path),
    post: (context, path, body) => call('POST', context, path, body ?? {}),
    delete: (context, path) => call('DELETE', context, path),
    readiness: async () => {
      const response = await pool.request({ method: 'GET', path: '/readyz', headersTimeout: READINESS_WITHIN_MS });
      return (await response.body.json()) as { missing: string[] };
    },
    close: () => pool.close(),
  };
}

async function request<T>(
  pool: Pool,
  method: 'GET' | 'POST' | 'DELETE',
  context: RequestContext,
  path: string,
  body: unknown,
): Promise<Answer<T>> {
  const response = await pool.request({
    method,
    path,
    headers: { ...context.headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const seen = parsePositions(String(response.headers[POSITION_HEADER] ?? ''));
  if (seen !== undefined) mergePositions(context.seen, seen);
  const text = await response.body.text();
  if (response.statusCode < 300) return { ok: true, value: (text === '' ? undefined : JSON.parse(text)) as T };
  return { ok: false, problem: problemOf(text, response.statusCode) };
}

function problemOf(text: string, status: number): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return problem('internal-error', `the service answered ${status} without a readable reason`);
  }
}

const FIRST_RETRY_MS = 50;

/** Only a connection that was never made is tried again: such a request cannot have had an effect. */
async function retryWhileUnreached<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isUnreached(error)) throw error;
  }
  await pause(FIRST_RETRY_MS);
  return pRetry(attempt, {
    retries: CONNECT_RETRIES - 1,
    minTimeout: 2 * FIRST_RETRY_MS,
    maxTimeout: 800,
    shouldRetry: ({ error }) => isUnreached(error),
  });
}

const isUnreached = (error: unknown): boolean => reasonOf(error) === 'ECONNREFUSED';

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}
