/*
 * HTTP to the gateway: one request, one answer read into its type, every failure a PocketError. Knows the three shapes
 * of a refusal: the original's envelope, the problem documents (RFC 9457) of `/v1`, and a bare HTTP status.
 */
import { PocketError } from './error.ts';

/** Reads a successful answer, parsed from `text`; throws anything when it is not of the contract. */
export type Read<T> = (answer: unknown, text: string) => T;

export interface Gateway {
  get<T>(path: string, read: Read<T>): Promise<T>;
  post<T>(path: string, body: object | undefined, read: Read<T>): Promise<T>;
}

interface Exchange {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

/** `url` is the gateway's address; a path in it is kept, a slash at its end does not matter. */
export function connectGateway(url: string): Gateway {
  const base = url.replace(/\/+$/, '');
  return {
    get: async (path, read) => resultOf(await exchange(base + path, { method: 'GET' }), read),
    post: async (path, body, read) => resultOf(await exchange(base + path, postOf(body)), read),
  };
}

function postOf(body: object | undefined): RequestInit {
  if (body === undefined) return { method: 'POST' };
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function exchange(url: string, init: RequestInit): Promise<Exchange> {
  try {
    const response = await fetch(url, init);
    return { url, status: response.status, text: await response.text() };
  } catch (cause) {
    throw new PocketError('Unreachable', `no answer from ${url}`, undefined, { cause });
  }
}

function resultOf<T>({ url, status, text }: Exchange, read: Read<T>): T {
  const answer = parsed(text);
  const refusal = refusalOf(answer, status);
  if (refusal) throw refusal;
  if (status >= 300) throw new PocketError('Answer', `HTTP ${status} from ${url}`, status);
  try {
    return read(answer, text);
  } catch (cause) {
    throw new PocketError('Answer', `${url} does not answer as a Pocket-Blockchain gateway does`, status, { cause });
  }
}

/** `undefined` for what is not JSON: a status from something in between, a page of another program. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `{"error": "Kind: text"}` of the original's calls, `{"code", "detail"}` of `/v1`; nothing for a success. */
function refusalOf(answer: unknown, status: number): PocketError | undefined {
  const { error, code, detail } = Object(answer) as Record<string, unknown>;
  if (typeof error === 'string') return refusalOfEnvelope(error, status);
  if (status < 400 || typeof code !== 'string') return undefined;
  return new PocketError(code, typeof detail === 'string' ? detail : 'no detail given', status);
}

function refusalOfEnvelope(error: string, status: number): PocketError {
  const [, kind = 'Answer', text = error] = /^(\w+): (.*)$/s.exec(error) ?? [];
  return new PocketError(kind, text, status);
}
