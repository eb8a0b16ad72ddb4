/**
 * `?asOf=` of a service's reads: one query, asked of the live tables as they are, of the live tables at one moment that
 * the answer names (`now`), or of the tables as they were when each log had come to the position that is given for it.
 */
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { mergePositions, parsePositions, problem, type EventSource, type Positions } from '@pocket/contracts';
import {
  BeyondHeadError,
  Past,
  positionsOf,
  sql,
  type EventLog,
  type Fold,
  type FoldPositions,
  type ReadLog,
  type SqlClient,
} from '@pocket/eventstore';
import type { Answer } from './client.ts';
import type { RequestContext } from './context.ts';
import { schemaOf } from './event-service.ts';
import { sendProblem } from './http-server.ts';
import { namingUnreadable } from './newer-log.ts';

export const asOf = {
  asOf: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'now, or wallet=12,chainstate=40' })),
};

/** What a service's own client must be able to do. */
interface LiveClient<Reader> {
  $transaction<T>(
    read: (reader: Reader) => Promise<T>,
    options: { isolationLevel: 'RepeatableRead'; timeout: number },
  ): Promise<T>;
  $disconnect(): Promise<void>;
}

export interface MomentsOptions<Reader, Client extends LiveClient<Reader>> {
  service: EventSource;
  databaseUrl: string;
  fold: Fold;
  client: Client;
  /** Opens another client of this kind. */
  open: ConstructorParameters<typeof Past<Client>>[0]['open'];
  log: Pick<EventLog, 'read'>;
  /** The logs that the fold follows. */
  followed: Readonly<Record<string, { fetchLog: ReadLog }>>;
}

/** How long a query of one moment may take on the live tables. */
const READ_WITHIN_MS = 60_000;

export class Moments<Reader extends Pick<SqlClient, '$queryRaw'>, Client extends Reader & LiveClient<Reader>> {
  readonly #options: MomentsOptions<Reader, Client>;
  readonly #past: Past<Client>;

  constructor(options: MomentsOptions<Reader, Client>) {
    const { service, databaseUrl, fold, open, log, followed } = options;
    const others = Object.entries(followed).map(([source, { fetchLog }]) => [source, fetchLog] as const);
    const logs = { [fold.log]: log.read.bind(log), ...Object.fromEntries(others) };
    this.#options = options;
    this.#past = new Past({ fold: namingUnreadable(fold), databaseUrl, schema: schemaOf(service), logs, open });
  }

  /** Asks `query` as of `asOf`; where that is given, the request's positions become those that the answer is of. */
  async read<T>(
    context: RequestContext,
    asOf: string | undefined,
    query: (reader: Reader) => Promise<T>,
  ): Promise<Answer<T>> {
    if (asOf === undefined) return { ok: true, value: await query(this.#options.client) };
    if (asOf === 'now') return { ok: true, value: await this.#readNow(context, query) };
    const { log, follows } = this.#options.fold;
    const sources = [log, ...follows];
    const to = parsePositions(asOf) as FoldPositions | undefined;
    if (to === undefined || sources.some((source) => to[source] === undefined))
      return { ok: false, problem: problem('invalid-request', malformed(asOf, sources)) };
    return this.#readPast(context, Object.fromEntries(sources.map((source) => [source, to[source] ?? 0])), query);
  }

  /** Answers a request by `query` as of its `asOf`, or says why not. */
  async answer<T>(
    { context, query: { asOf } }: { context: RequestContext; query: { asOf?: string } },
    reply: FastifyReply,
    query: (reader: Reader) => Promise<T>,
  ): Promise<T | FastifyReply> {
    const answer = await this.read(context, asOf, query);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  }

  close(): Promise<void> {
    return this.#past.close();
  }

  async #readNow<T>(context: RequestContext, query: (reader: Reader) => Promise<T>): Promise<T> {
    const { client, fold } = this.#options;
    return client.$transaction(
      async (reader) => {
        const statement = sql`SELECT ${positionsOf(fold)} AS positions`;
        const [row] = await reader.$queryRaw<{ positions: Positions }[]>(statement);
        mergePositions(context.seen, row?.positions ?? {});
        return query(reader);
      },
      { isolationLevel: 'RepeatableRead', timeout: READ_WITHIN_MS },
    );
  }

  async #readPast<T>(
    context: RequestContext,
    to: Positions,
    query: (reader: Reader) => Promise<T>,
  ): Promise<Answer<T>> {
    try {
      const value = await this.#past.read(to, query);
      mergePositions(context.seen, to);
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof BeyondHeadError)) throw error;
      return { ok: false, problem: problem('unknown-moment', error.message) };
    }
  }
}

function malformed(found: string, sources: readonly string[]): string {
  const right = sources.map((source) => `${source}=42`).join(',');
  return `asOf must be now or a position of each log, like ${right}; "${found}" is neither`;
}
