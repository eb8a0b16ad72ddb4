/**
 * The HTTP client between services: keeps connections, hands the request's context on, collects the positions that
 * come back, and goes on with another replica where one does not answer. A refusal of the other side is a value; a
 * service that cannot be reached is an UnavailableError.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import {
  mergePositions,
  parsePositions,
  POSITION_HEADER,
  problem,
  PROBLEM_CONTENT_TYPE,
  type Problem,
  type ReadinessView,
} from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import type { RequestContext } from './context.ts';
import { openReplicas, type Replica, type Replicas } from './replicas.ts';

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export interface ServiceClient {
  get<T>(context: RequestContext, path: string): Promise<Answer<T>>;
  /** @param signal ends the request by closing its connection, which the other side may notice; rejects with its reason. */
  post<T>(context: RequestContext, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer<T>>;
  put<T>(context: RequestContext, path: string, body: unknown): Promise<Answer<T>>;
  delete<T>(context: RequestContext, path: string): Promise<Answer<T>>;
  /** What each of the service's addresses says of itself; undefined for one that cannot be reached. */
  readiness(): Promise<(ReadinessView | undefined)[]>;
  close(): Promise<void>;
}

interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  context: RequestContext;
  path: string;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

const CONNECT_RETRIES = 4;
/** None is begun later: whoever asks waits as well. */
const CONNECT_RETRIES_WITHIN_MS = 3_000;
const READINESS_WITHIN_MS = 3_000;
/** Longer than any read waits for a position; a replica that takes more hangs, and another one is asked. */
const READ_ELSEWHERE_AFTER_MS = 6_500;

/**
 * @param service its name, for error messages.
 * @param urls the base addresses of its replicas, separated by commas.
 * @param readElsewhereAfterMs after so long without an answer a read goes on with another replica.
 */
export function createServiceClient(
  service: string,
  urls: string,
  readElsewhereAfterMs = READ_ELSEWHERE_AFTER_MS,
): ServiceClient {
  const replicas = openReplicas(urls);
  const call = <T>(request: Request) =>
    retryWhileUnreached(request, () => askAny<T>(replicas, request, readElsewhereAfterMs)).catch((error: unknown) => {
      request.signal?.throwIfAborted();
      throw new UnavailableError(describeFailure(`the ${service} service`, urls, request, error), { cause: error });
    });
  return {
    get: (context, path) => call({ method: 'GET', context, path }),
    post: (context, path, body, signal) => call({ method: 'POST', context, path, body: body ?? {}, signal }),
    put: (context, path, body) => call({ method: 'PUT', context, path, body }),
    delete: (context, path) => call({ method: 'DELETE', context, path }),
    readiness: async () => Promise.all((await replicas.inOrder(false).catch(() => [])).map(askReadiness)),
    close: () => replicas.close(),
  };
}

async function askReadiness({ pool }: Replica): Promise<ReadinessView | undefined> {
  try {
    const signal = AbortSignal.timeout(READINESS_WITHIN_MS);
    const response = await pool.request({ method: 'GET', path: '/readyz', signal });
    return (await response.body.json()) as ReadinessView;
  } catch {
    return undefined;
  }
}

/** Asks one replica after the other, as long as that cannot do anything twice. Throws what the last one met. */
async function askAny<T>(replicas: Replicas, request: Request, readElsewhereAfterMs: number): Promise<Answer<T>> {
  const order = await replicas.inOrder(request.method === 'GET');
  for (const [index, replica] of order.entries()) {
    const isLast = index === order.length - 1;
    try {
      return await ask<T>(replica, request, isLast ? undefined : readElsewhereAfterMs);
    } catch (error) {
      request.signal?.throwIfAborted();
      replicas.rest(replica);
      if (isLast || !mayAskAgain(request, error)) throw error;
    }
  }
  throw new Error('a service without an address');
}

async function ask<T>({ pool }: Replica, request: Request, readWithinMs?: number): Promise<Answer<T>> {
  const { method, context, path, body, signal = null } = request;
  const response = await pool.request({
    method,
    path,
    headers: { ...context.headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal,
    ...(method === 'GET' && readWithinMs !== undefined ? { headersTimeout: readWithinMs } : {}),
  });
  const text = await response.body.text();
  if (response.statusCode === 503 && response.headers['content-type'] !== PROBLEM_CONTENT_TYPE)
    throw new ClosingError();
  const seen = parsePositions(String(response.headers[POSITION_HEADER] ?? ''));
  if (seen !== undefined) mergePositions(context.seen, seen);
  if (response.statusCode < 300) return { ok: true, value: (text === '' ? undefined : JSON.parse(text)) as T };
  return { ok: false, problem: problemOf(text, response.statusCode) };
}

/** The server is ending and has turned the request away at its door: our own refusals are problems. */
class ClosingError extends Error {
  readonly code = 'CLOSING';
}

function problemOf(text: string, status: number): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return problem('internal-error', `the service answered ${status} without a readable reason`);
  }
}

const FIRST_RETRY_MS = 50;

/** Tries again, bounded, while nobody is there: services start and end at any time. */
async function retryWhileUnreached<T>(request: Request, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!mayAskAgain(request, error) || isSilence(error)) throw error;
  }
  await pause(FIRST_RETRY_MS);
  return pRetry(attempt, {
    retries: CONNECT_RETRIES - 1,
    minTimeout: 2 * FIRST_RETRY_MS,
    maxTimeout: 800,
    maxRetryTime: CONNECT_RETRIES_WITHIN_MS,
    shouldRetry: ({ error }) => mayAskAgain(request, error) && !isSilence(error),
  });
}

/** A request that was certainly not received had no effect; a read has none in any case. */
function mayAskAgain({ method }: Request, error: unknown): boolean {
  return isUnreached(error) || (method === 'GET' && (isBroken(error) || isSilence(error)));
}

const NEVER_CONNECTED = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
];
const isUnreached = (error: unknown): boolean =>
  error instanceof ClosingError || NEVER_CONNECTED.includes(reasonOf(error));
/** The connection ended before the answer did. */
const isBroken = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET'].includes(reasonOf(error));
const isSilence = (error: unknown): boolean => reasonOf(error) === 'UND_ERR_HEADERS_TIMEOUT';

/** What is known of a request that was not answered: whether it can have had an effect above all. */
function describeFailure(who: string, urls: string, { method }: Request, error: unknown): string {
  const reason = reasonOf(error);
  if (!isBroken(error) && !isSilence(error)) return `${who} at ${urls} cannot be reached (${reason})`;
  const what = isBroken(error)
    ? `the connection to ${who} broke before it answered (${reason})`
    : `${who} has not answered in time`;
  return method === 'GET' ? what : `${what}; whether it was done is not known: look before you ask again`;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? code : String(message);
}
