/**
 * One replica's part in the event system, put together: its log, its place in the leadership, and, while it leads,
 * the relay and the subscriptions. A replica that does not lead still answers and writes; it wakes the leader's relay.
 */
import type { Logger } from 'pino';
import { wakeSubject, type Bus } from './bus.ts';
import { DeadLetters } from './dead-letters.ts';
import { Leadership } from './leadership.ts';
import { EventLog } from './log.ts';
import { Progress } from './progress.ts';
import { Relay } from './relay.ts';
import { Subscription, type FetchHead, type FetchLog, type Handler, type Relevance } from './subscription.ts';
import type { SqlClient } from './sql.ts';

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
}

export class EventNode {
  readonly log: EventLog;
  readonly progress: Progress;
  readonly deadLetters: DeadLetters;
  readonly #options: EventNodeOptions;
  #sources: Source[] = [];
  #leadership: Leadership | undefined;
  #relay: Relay | undefined;
  #subscriptions: Subscription[] = [];
  #whileLeading: () => () => void = () => () => undefined;
  #stopDuty: (() => void) | undefined;

  constructor(options: EventNodeOptions) {
    this.#options = options;
    this.log = new EventLog(options.client);
    this.progress = new Progress(this.log, options.service);
    this.deadLetters = new DeadLetters(options.client);
  }

  get leading(): boolean {
    return this.#leadership?.leading ?? false;
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
      logger,
      gained: () => this.#lead(),
      lost: () => this.#stopLeading(),
    });
    await this.#leadership.start();
  }

  async close(): Promise<void> {
    await this.#leadership?.close();
  }

  /** Tries the dead letters of `source` again. Returns false when this replica does not consume it. */
  replay(source: string): boolean {
    const subscription = this.#subscriptions.find((candidate) => candidate.source === source);
    subscription?.replay();
    return subscription !== undefined;
  }

  async #lead(): Promise<void> {
    const { service, bus, logger } = this.#options;
    this.#relay = new Relay({ source: service, log: this.log, bus, logger });
    await this.#relay.start();
    this.#subscriptions = this.#sources.map((source) => this.#subscribe(source));
    for (const subscription of this.#subscriptions) subscription.start();
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
