/** One HTTP request with a bound, as clients make it. Whether an answer means yes or no is the caller's to say. */
import { CORRELATION_HEADER } from '@pocket/contracts';

export interface Answer {
  readonly status: number;
  /** The JSON, or the text of what is none. */
  readonly body: unknown;
}

export interface RequestOptions {
  readonly body?: object | undefined;
  /** By which the logs tell what came of it. */
  readonly correlationId?: string | undefined;
  readonly withinMs: number;
}

/** Nobody answered, or not what was asked for. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';
}

/** Throws an Error when no answer has come within the bound. */
export async function request(method: 'GET' | 'POST', url: string, options: RequestOptions): Promise<Answer> {
  const { body, correlationId, withinMs } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(correlationId === undefined ? {} : { [CORRELATION_HEADER]: correlationId }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(withinMs),
  });
  const text = await response.text();
  return { status: response.status, body: readJson(text) };
}

/** The body of a successful answer. Throws a NoAnswerError with what came instead. */
export async function read<T>(url: string, withinMs: number): Promise<T> {
  const { status, body } = await request('GET', url, { withinMs }).catch((error: unknown) => {
    throw new NoAnswerError(`GET ${url}: ${String(error)}`, { cause: error });
  });
  if (status !== 200) throw new NoAnswerError(`GET ${url}: ${status} ${JSON.stringify(body)}`);
  return body as T;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
