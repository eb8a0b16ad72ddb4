/**
 * How the world fails: somebody else was faster, or a server cannot be reached. Both are worth another try; anything
 * else is a bug or a poison event and is not. This is the only place that knows what such errors look like.
 */

/** Another writer took the stream version or the checkpoint first. Load again, decide again. */
export class ConflictError extends Error {
  override name = 'ConflictError';
  /** The streams that were to be written; empty where that is not known. */
  streams: readonly string[] = [];
}

/** A server or service could not be reached or did not answer in time. */
export class UnavailableError extends Error {
  override name = 'UnavailableError';
}

const UNIQUE_VIOLATION = '23505';
const CHECKPOINT_MOVED = 'PK001';
const TRANSIENT_SQLSTATE = /^(08|40|53|57P|55P)/;
const TRANSIENT_PRISMA = /^P(1001|1002|1008|1017|2024|2028|2034|2037)$/;
/** Prisma's words for what its driver met; a raw query that finds no server has these and no code. */
const TRANSIENT_KIND =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TransactionWriteConflict)$/;
const TRANSIENT_TEXT =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|timeout expired|Connection terminated|connection is closed|not queryable|the database system is (starting up|shutting down)|terminating connection/i;

/** Turns a driver's error into ConflictError or UnavailableError where it is one; returns it unchanged otherwise. */
export function classifyFailure(error: unknown): unknown {
  if (isTransient(error)) return error;
  const state = sqlStateOf(error);
  if (state === UNIQUE_VIOLATION || state === CHECKPOINT_MOVED)
    return new ConflictError(textOf(error), { cause: error });
  if (isTransientDriverError(error, state)) return new UnavailableError(`Postgres: ${textOf(error)}`, { cause: error });
  return error;
}

/** Whether trying again later may help. */
export function isTransient(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof UnavailableError;
}

function isTransientDriverError(error: unknown, state: string | undefined): boolean {
  if (state !== undefined && TRANSIENT_SQLSTATE.test(state)) return true;
  const code = (error as { code?: unknown } | null)?.code;
  if (TRANSIENT_KIND.test(driverKindOf(error))) return true;
  return (typeof code === 'string' && TRANSIENT_PRISMA.test(code)) || TRANSIENT_TEXT.test(wholeTextOf(error));
}

/** Finds Postgres' SQLSTATE wherever Prisma's driver adapter put it. */
function sqlStateOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  const { code, originalCode, meta, cause, driverAdapterError } = error as Record<string, unknown>;
  for (const candidate of [originalCode, code])
    if (typeof candidate === 'string' && /^[0-9A-Z]{5}$/.test(candidate) && !/^P[12]\d{3}$/.test(candidate))
      return candidate;
  return sqlStateOf(meta, depth + 1) ?? sqlStateOf(driverAdapterError, depth + 1) ?? sqlStateOf(cause, depth + 1);
}

/** What kind of error the driver adapter has met; '' where no adapter was at work. */
function driverKindOf(error: unknown): string {
  const { meta } = (error ?? {}) as { meta?: { driverAdapterError?: { cause?: { kind?: unknown } } } };
  const kind = meta?.driverAdapterError?.cause?.kind;
  return typeof kind === 'string' ? kind : '';
}

/**
 * What Postgres or its driver says, and its code, on one line. Prisma puts around it what of ours was invoked, which helps
 * nobody who reads it.
 */
function textOf(error: unknown): string {
  const whole = wholeTextOf(error);
  const [, code, message] = /Raw query failed\. Code: `([^`]*)`\. Message: `([^]*)`/.exec(whole) ?? [];
  const told = originalOf(error);
  const text = told.message ?? message ?? whole.replace(/^\s*Invalid `[^`]*` invocation:?/, '');
  const state = [told.code, code].find((one) => one !== undefined && /^[0-9A-Z]{5}$/.test(one));
  const line = text.replace(/\s+/g, ' ').trim();
  return state === undefined ? line : `${line} (${state})`;
}

function wholeTextOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message and the code that Prisma's driver adapter was given. */
function originalOf(error: unknown): { message: string | undefined; code: string | undefined } {
  const { meta } = (error ?? {}) as { meta?: { driverAdapterError?: { cause?: Record<string, unknown> } } };
  const { originalMessage, originalCode } = meta?.driverAdapterError?.cause ?? {};
  return {
    message: typeof originalMessage === 'string' ? originalMessage : undefined,
    code: typeof originalCode === 'string' ? originalCode : undefined,
  };
}
