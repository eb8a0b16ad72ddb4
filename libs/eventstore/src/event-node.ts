/**
 * One replica's part in the event system, put together: its log, its place in the leadership, and, while it leads,
 * the relay and the subscriptions. A replica that does not lead still answers and writes; it wakes the leader's relay.
 */
import { ErrorCode, NatsError, type Msg, type Subscription as CoreSubscription } from 'nats';
import type { Logger } from 'pino';
import { replaySubject, wakeSubject, type Bus } from './bus.ts';
import { DeadLetters } from './dead-letters.ts';
import { UnavailableError } from './failure.ts';
import { instanceName, Leadership, type Leader } from './leadership.ts';
import { EventLog } from './log.ts';
import { Progress } from './progress.ts';
import { Relay } from './relay.ts';
import { Subscription, type FetchHead, type FetchLog, type Handler, type Relevance } from './subscription.ts';
import type { SqlClient } from './sql.ts';
import type { Verdict } from './verdicts.ts';

/** Longer than the leader itself waits for what becomes of a replay. */
const REPLAY_ANSWER_WITHIN_MS = 12_000;
/** NATS says so at once where nobody listens. */
const NO_RESPONDERS: string = ErrorCode.NoResponders;

export interface Source {
  source: string;
  fetchHead: FetchHead;
  fetchLog: FetchLog;
  isRelevant: Relevance;
  handle: Handler;
}

export interface EventNodeOptions {
  service: string;
  databaseUrl: string;
  client: SqlClient;
  bus: Bus;
  logger: Logger;
  /** How this replica is called; `<host>:<pid>` by default. */
  instance?: string;
}

/** What became of a replay; `failed` with what the event has met this time, `none` where nothing waits for one. */
export type ReplayOutcome =
  | { state: 'none' }
  | { state: 'applied' | 'running'; position: number }
  | { state: 'failed'; position: number; error: string; attempts: number };

export class EventNode {
  readonly log: EventLog;
  readonly progress: Progress;
  readonly deadLetters: DeadLetters;
  readonly instance: string;
  readonly #options: EventNodeOptions;
  #sources: Source[] = [];
  #leadership: Leadership | undefined;
  #relay: Relay | undefined;
  #subscriptions: Subscription[] = [];
  #whileLeading: () => () => void = () => () => undefined;
  #stopDuty: (() => void) | undefined;
  #replays: CoreSubscription | undefined;

  constructor(options: EventNodeOptions) {
    this.#options = options;
    this.instance = options.instance ?? instanceName();
    this.log = new EventLog(options.client);
    this.progress = new Progress(this.log, options.service);
    this.deadLetters = new DeadLetters(options.client);
  }

  get leading(): boolean {
    return this.#leadership?.leading ?? false;
  }

  /** Which replica leads; undefined where none does, or where that cannot be known. */
  get leader(): Leader | undefined {
    return this.#leadership?.leader;
  }

  get sources(): string[] {
    return this.#sources.map(({ source }) => source);
  }

  /** What keeps this replica from following other logs; empty when all is well, and where another replica leads. */
  get obstacles(): string[] {
    const trouble = this.#leadership?.trouble;
    return [
      ...(trouble === undefined ? [] : [trouble]),
      ...this.#subscriptions.flatMap(({ obstacle }) => obstacle ?? []),
    ];
  }

  /** Follows these logs from now on, and does `duty` (returning how to end it) while this replica leads. */
  async start(sources: Source[], duty?: () => () => void): Promise<void> {
    const { service, databaseUrl, bus, logger } = this.#options;
    this.#sources = sources;
    if (duty !== undefined) this.#whileLeading = duty;
    this.log.onAppended(() => {
      if (!this.leading) bus.connection.publish(wakeSubject(bus, service));
    });
    this.#leadership = new Leadership({
      databaseUrl,
      name: `${bus.namespace}/${service}`,
      instance: this.instance,
      logger,
      gained: () => this.#lead(),
      lost: () => this.#stopLeading(),
    });
    await this.#leadership.start();
  }

  async close(): Promise<void> {
    await this.#leadership?.close();
  }

  /**
   * Has the leader try the event of `source` again that could not be applied, whichever replica that is, and waits,
   * bounded, for what becomes of it.
   * @throws UnavailableError when nobody leads, or the leader does not answer.
   */
  async replay(source: string): Promise<ReplayOutcome> {
    const letter = await this.deadLetters.of(source);
    if (letter === undefined) return { state: 'none' };
    const { position } = letter;
    const state = this.leading ? await this.#replayHere(source, position) : await this.#askLeader(source, position);
    if (state !== 'failed') return { state, position };
    const { error, attempts } = (await this.deadLetters.of(source)) ?? letter;
    return { state, position, error, attempts };
  }

  /** A leader that does not follow the source yet will try the event by itself. */
  async #replayHere(source: string, position: number): Promise<Verdict> {
    const subscription = this.#subscriptions.find((candidate) => candidate.source === source);
    return subscription === undefined ? 'running' : subscription.replay(position);
  }

  async #askLeader(source: string, position: number): Promise<Verdict> {
    const { bus, service } = this.#options;
    const subject = replaySubject(bus, service, source);
    try {
      const answer = await bus.connection.request(subject, JSON.stringify({ source, position }), {
        timeout: REPLAY_ANSWER_WITHIN_MS,
      });
      return answer.json<Verdict>();
    } catch (error) {
      if (error instanceof NatsError && error.code === NO_RESPONDERS)
        throw new UnavailableError(`no replica of ${service} leads at the moment`);
      throw new UnavailableError(`the leader of ${service} has not answered (${String(error)})`);
    }
  }

  /** Other replicas' requests for a replay. */
  #answerReplays(): CoreSubscription {
    const { bus, service, logger } = this.#options;
    const answer = async (message: Msg): Promise<void> => {
      const { source, position } = message.json<{ source: string; position: number }>();
      message.respond(JSON.stringify(await this.#replayHere(source, position)));
    };
    return bus.connection.subscribe(replaySubject(bus, service, '*'), {
      callback: (_error, message) => {
        answer(message).catch((error: unknown) => logger.warn({ err: error }, 'a replay could not be answered'));
      },
    });
  }

  async #lead(): Promise<void> {
    const { service, bus, logger } = this.#options;
    this.#relay = new Relay({ source: service, log: this.log, bus, logger });
    await this.#relay.start();
    this.#subscriptions = this.#sources.map((source) => this.#subscribe(source));
    for (const subscription of this.#subscriptions) subscription.start();
    this.#replays = this.#answerReplays();
    this.#stopDuty = this.#whileLeading();
  }

  #subscribe(source: Source): Subscription {
    const { service, bus, logger } = this.#options;
    const { log, progress, deadLetters } = this;
    return new Subscription({ ...source, consumer: service, bus, log, progress, deadLetters, logger });
  }

  async #stopLeading(): Promise<void> {
    this.#stopDuty?.();
    this.#stopDuty = undefined;
    this.#replays?.unsubscribe();
    this.#replays = undefined;
    const closing = [...this.#subscriptions, ...(this.#relay === undefined ? [] : [this.#relay])].map((part) =>
      part.close(),
    );
    this.#subscriptions = [];
    this.#relay = undefined;
    const results = await Promise.allSettled(closing);
    for (const result of results)
      if (result.status === 'rejected')
        this.#options.logger.warn({ err: result.reason as unknown }, 'stopping to lead met an error');
  }
}
