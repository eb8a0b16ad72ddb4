/**
 * HTTP between the programs: calls that get lost before they arrive or after they were answered, that take long, that
 * find nobody listening or somebody who dies on them. On the way everything is text, as on a real wire.
 */
import {
  AFTER_HEADER,
  CORRELATION_HEADER,
  mergePositions,
  parsePositions,
  problem,
  type EventSource,
} from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import { problemOfError, RequestContext, type Answer, type ServiceClient } from '@pocket/service-kit';
import type { Surroundings } from './database.ts';
import { InflictedError } from './faults.ts';
import type { Life } from './life.ts';
import { pause } from './time.ts';

export interface Request {
  context: RequestContext;
  /** What stands in the path at the places of the route's `:names`. */
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** With `:name` for what may be anything. */
  path: string;
  /** The logs whose positions the answer depends on. */
  awaits?: EventSource[];
  handle: (request: Request) => Promise<Answer<unknown>>;
}

/** A program that listens. */
export interface Listening {
  life: Life;
  routes: readonly Route[];
  /** Waits until `source` is applied up to `position`; false when the bound has passed. */
  waitFor(source: EventSource, position: number): Promise<boolean>;
  /** Told before a request is handled that the positions it asks for are there. */
  waited(source: EventSource, position: number): void;
}

const REFUSED_PAUSES_MS = [50, 100, 200, 400];

export class Wire {
  readonly #listening = new Map<EventSource, Set<Listening>>();
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  listen(service: EventSource, program: Listening): void {
    const programs = this.#listening.get(service) ?? new Set();
    this.#listening.set(service, programs);
    programs.add(program);
  }

  hangUp(service: EventSource, life: Life): void {
    for (const program of this.#listening.get(service) ?? [])
      if (program.life === life) this.#listening.get(service)?.delete(program);
  }

  /** As client.ts of libs/service-kit makes one. */
  client(from: Life, to: EventSource): Pick<ServiceClient, 'get' | 'post' | 'delete'> {
    return {
      get: <T>(context: RequestContext, path: string) => this.#call<T>(from, to, 'GET', context, path),
      post: <T>(context: RequestContext, path: string, body?: unknown) =>
        this.#call<T>(from, to, 'POST', context, path, body ?? {}),
      delete: <T>(context: RequestContext, path: string) => this.#call<T>(from, to, 'DELETE', context, path),
    };
  }

  async #call<T>(
    from: Life,
    to: EventSource,
    method: Route['method'],
    context: RequestContext,
    path: string,
    body?: unknown,
  ): Promise<Answer<T>> {
    const { chance, faults, trace } = this.#surroundings;
    const call = `${from.name}: ${method} ${to}${path}`;
    await this.#travel(from, call);
    const program = await this.#connect(from, to);
    if (faults.strikes('call lost', call)) throw unreachable(to);
    const answered = this.#answer(program, method, context, path, body);
    const { answer, seen } = await program.life.answering(answered).catch(async (error: unknown) => {
      await this.#travel(from, call);
      throw error;
    });
    if (chance.perMille(500)) await pause(chance.between(1, 3));
    await from.goesOn();
    if (faults.strikes('answer lost', call)) throw unreachable(to);
    mergePositions(context.seen, seen);
    trace.note(() => `${call} -> ${program.life.name}: ${answer.ok ? 'done' : answer.problem.code}`);
    return answer as Answer<T>;
  }

  async #travel(from: Life, call: string): Promise<void> {
    const { chance, faults } = this.#surroundings;
    await from.goesOn();
    await pause(faults.strikes('call delayed', call) ? chance.between(20, 2_000) : chance.between(1, 3));
    await from.goesOn();
  }

  /** Tries again where nobody listens, as long as the real client does. */
  async #connect(from: Life, to: EventSource): Promise<Listening> {
    for (const ms of [...REFUSED_PAUSES_MS, undefined]) {
      const programs = [...(this.#listening.get(to) ?? [])];
      if (programs.length > 0) return this.#surroundings.chance.pick(programs);
      if (ms !== undefined) await pause(ms);
      await from.goesOn();
    }
    throw unreachable(to);
  }

  async #answer(program: Listening, method: Route['method'], context: RequestContext, path: string, body: unknown) {
    const [pathname = '', query] = path.split('?');
    const found = program.routes.find((route) => route.method === method && matches(route.path, pathname));
    if (found === undefined) throw new Error(`the simulation has no ${method} ${pathname}`);
    const received = contextOf(context);
    const params = paramsOf(found.path, pathname);
    const request = { context: received, params, query: new URLSearchParams(query), body: textual(body) };
    const answer = await this.#handle(program, found, request);
    return { answer: textual(answer), seen: { ...received.seen } };
  }

  /** As http-server.ts does it: the wait, then the route, and what was thrown as a problem. */
  async #handle(program: Listening, { awaits = [], handle }: Route, request: Request): Promise<Answer<unknown>> {
    try {
      for (const source of awaits) {
        const position = request.context.after[source];
        if (position === undefined) continue;
        if (!(await program.waitFor(source, position)))
          return { ok: false, problem: problem('behind', `${source} is not applied up to ${position} yet`) };
        program.waited(source, position);
      }
      return await handle(request);
    } catch (error) {
      const failure = problemOfError(error, Infinity);
      if (failure.status === 500 && !(error instanceof InflictedError))
        this.#surroundings.accuse(
          `${program.life.name} failed by itself: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
        );
      return { ok: false, problem: failure };
    }
  }
}

function unreachable(service: string): UnavailableError {
  return new UnavailableError(`the ${service} service cannot be reached (ECONNRESET)`);
}

function contextOf(context: RequestContext): RequestContext {
  const headers = context.headers();
  const metadata = { ...context.metadata, correlationId: headers[CORRELATION_HEADER] ?? '' };
  return new RequestContext(metadata, parsePositions(headers[AFTER_HEADER]) ?? {});
}

function textual<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}

const segmentsOf = (path: string): string[] => path.split('/');

function matches(pattern: string, path: string): boolean {
  const [wanted, found] = [segmentsOf(pattern), segmentsOf(path)];
  return wanted.length === found.length && wanted.every((name, index) => name.startsWith(':') || name === found[index]);
}

function paramsOf(pattern: string, path: string): Record<string, string> {
  const found = segmentsOf(path);
  return Object.fromEntries(
    segmentsOf(pattern).flatMap((name, index) =>
      name.startsWith(':') ? [[name.slice(1), decodeURIComponent(found[index] ?? '')]] : [],
    ),
  );
}
