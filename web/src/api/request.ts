/**
 * One request to the gateway. Every request carries how far the event stream has told (`x-pocket-after`), so that an
 * answer is never older than what the page has already heard.
 */
import { AFTER_HEADER, formatPositions, type Positions } from '@pocket/contracts';
import { ApiError, reached, type ProblemBody } from './problem.ts';

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT';
  /** Sent as JSON. */
  body?: unknown;
  /** Left out where undefined. */
  query?: Record<string, string | number | boolean | undefined>;
  signal?: AbortSignal | undefined;
}

/** How far each log is known to have come; the event stream raises it. */
export const seen: Positions = {};

/** @throws ApiError; a DOMException of the name AbortError where the signal said so. */
export async function request(path: string, asked: Asked = {}): Promise<Response> {
  const { method = 'GET', body, query = {}, signal } = asked;
  const after = formatPositions(seen);
  const headers = {
    ...(after === '' ? {} : { [AFTER_HEADER]: after }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return reached(fetch(addressOf(path, query), { ...init, ...(signal === undefined ? {} : { signal }) }));
}

/** The answer of `/v1` as JSON. @throws ApiError with the problem that the gateway tells. */
export async function requestJson<T>(path: string, asked?: Asked): Promise<T> {
  const response = await request(path, asked);
  if (!response.ok) throw new ApiError(response.status, await problemIn(response));
  return reached(response.json() as Promise<T>);
}

async function problemIn(response: Response): Promise<ProblemBody> {
  const fallback = { code: `http-${response.status}`, detail: response.statusText };
  if (!/json/.test(response.headers.get('content-type') ?? '')) return fallback;
  return response.json().then(
    (body) => ({ ...fallback, ...(body as ProblemBody) }),
    () => fallback,
  );
}

export function addressOf(path: string, query: NonNullable<Asked['query']>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
