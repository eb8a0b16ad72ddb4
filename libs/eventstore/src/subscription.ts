/**
 * Follows one foreign log exactly: applies event after event and moves its checkpoint in the same commit, then
 * acknowledges. At or below the checkpoint: skip. Exactly one above: apply. Further above: something was lost on the
 * way, so the missing events are read from the source's log over HTTP. JetStream may therefore drop, repeat, reorder
 * or be wiped. An event that keeps failing becomes a dead letter, and the subscription waits for its replay.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { AckPolicy, type ConsumerMessages, type JsMsg, type Subscription as CoreSubscription } from 'nats';
import type { Logger } from 'pino';
import { Acknowledgements } from './acknowledgements.ts';
import { ensureStream, headSubject, streamName, type Bus, type CarriedLog } from './bus.ts';
import { ConflictError, isTransient } from './failure.ts';
import { causeOf, describeObstacle, type DeadLetter, type DeadLetters } from './dead-letters.ts';
import type { CheckpointMove, RecordedEvent } from './event.ts';
import type { Log, LogHead } from './log.ts';
import type { Progress } from './progress.ts';
import { unlessAborted } from './unless-aborted.ts';
import { Verdicts, type Verdict } from './verdicts.ts';
import type { WritableLog } from './writer.ts';

const MAX_IN_FLIGHT = 256;
const MAX_BATCH = 50;
const MAX_ATTEMPTS = 5;
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 2_000;
const RECONNECT_MS = 250;
const COMMIT_LATER_MS = 250;
/** Longer than all tries of one event take. */
const REPLAY_WITHIN_MS = 10_000;

/** Commits what these events mean, together with the checkpoint's move. */
export type Handler = (events: RecordedEvent[], move: CheckpointMove) => Promise<void>;
/** Whether an event means anything to this consumer; only the checkpoint passes the others. */
export type Relevance = (event: RecordedEvent) => boolean;
/** Reads the source's log over HTTP, behind `after`. */
export type FetchLog = (after: number) => Promise<RecordedEvent[]>;

/** Asks the source over HTTP which log it has and how far it is. */
export type FetchHead = () => Promise<Pick<LogHead, 'logId' | 'position'>>;

export interface SubscriptionOptions {
  source: string;
  consumer: string;
  bus: Bus;
  log: Pick<Log, 'checkpoint' | 'createCheckpoint'> & Pick<WritableLog<never>, 'append'>;
  progress: Progress;
  deadLetters: Pick<DeadLetters, 'add' | 'settle'>;
  fetchHead: FetchHead;
  fetchLog: FetchLog;
  isRelevant: Relevance;
  handle: Handler;
  logger: Logger;
}

export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #logger: Logger;
  #applied = 0;
  /** The checkpoint in Postgres; events between it and `#applied` meant nothing. */
  #committed = 0;
  #commitWanted = false;
  #commitTimer: NodeJS.Timeout | undefined;
  readonly #buffer = new Map<number, RecordedEvent>();
  readonly #acknowledgements = new Acknowledgements();
  readonly #verdicts = new Verdicts();
  #fill = false;
  #wanted = false;
  /** Whether there may be a letter of an event that has been applied since. */
  #suspected = true;
  #lastHead = 0;
  #halted: Pick<DeadLetter, 'source' | 'position' | 'error'> | undefined;
  #attempts = 0;
  /** How often in a row a server was away. */
  #outages = 0;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #closed = false;
  #messages: ConsumerMessages | undefined;
  #heads: CoreSubscription | undefined;
  #retry: NodeJS.Timeout | undefined;
  #obstacle: string | undefined;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#logger = options.logger.child({ source: options.source });
    this.#obstacle = `${options.source}: not connected yet`;
  }

  get source(): string {
    return this.#options.source;
  }

  /** Begins to follow as soon as the source and the servers answer; until then `obstacle` says what is in the way. */
  start(): void {
    this.#connect().catch((error: unknown) => this.#connectFailed(error));
  }

  /** Why this subscription does not follow: it is not connected, or an event stopped it. undefined when all is well. */
  get obstacle(): string | undefined {
    return this.#halted === undefined ? this.#obstacle : describeObstacle(this.#halted);
  }

  async #connect(): Promise<void> {
    const { bus, log, source, consumer, progress, fetchHead } = this.#options;
    const { logId } = await fetchHead();
    const carried = { source, logId };
    this.#committed = await log.createCheckpoint(consumer, source, logId);
    this.#applied = this.#committed;
    progress.advance(source, this.#applied);
    progress.onHint(source, () => this.#fillGap());
    if (this.#closed) return;
    this.#heads ??= bus.connection.subscribe(headSubject(bus, carried), {
      callback: (_error, message) => this.#noticeHead(Number(message.string())),
    });
    await this.#consume(carried);
    this.#obstacle = undefined;
    this.#fillGap();
  }

  #connectFailed(error: unknown): void {
    const obstacle = `${this.source}: ${error instanceof Error ? error.message : String(error)}`;
    if (this.#closed) return;
    if (obstacle !== this.#obstacle) this.#logger.warn({ err: error }, 'subscription is not connected, will retry');
    this.#obstacle = obstacle;
    this.#retry = setTimeout(() => this.start(), RECONNECT_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#ending.abort();
    clearTimeout(this.#retry);
    clearTimeout(this.#commitTimer);
    this.#options.progress.onHint(this.source, undefined);
    this.#heads?.unsubscribe();
    this.#messages?.stop();
    await this.#running;
    this.#acknowledgements.flush();
    this.#verdicts.close();
  }

  /**
   * Tries the event again that stopped this subscription, as its source has it now, and waits, bounded, for what becomes
   * of `position`. Where none did, it only waits.
   */
  async replay(position: number): Promise<Verdict> {
    if (position <= this.#applied) return 'applied';
    const verdict = this.#verdicts.of(position, REPLAY_WITHIN_MS);
    this.#suspected = true;
    if (this.#halted !== undefined) {
      this.#halted = undefined;
      this.#attempts = 0;
      this.#buffer.delete(position);
      this.#fillGap();
    }
    return verdict;
  }

  async #consume(carried: CarriedLog): Promise<void> {
    const { bus, consumer } = this.#options;
    const stream = streamName(bus, carried);
    await ensureStream(bus, carried);
    await bus.manager.consumers
      .add(stream, { durable_name: consumer, ack_policy: AckPolicy.All, max_ack_pending: MAX_IN_FLIGHT * 4 })
      .catch(() => bus.manager.consumers.info(stream, consumer));
    const handle = await bus.jetstream.consumers.get(stream, consumer);
    const messages = await handle.consume({
      max_messages: MAX_IN_FLIGHT,
      abort_on_missing_resource: true,
      callback: (message) => this.#receive(message),
    });
    this.#messages = messages;
    if (this.#closed) messages.stop();
    void messages.closed().then((reason) => this.#consumerEnded(reason));
  }

  /** JetStream was wiped or restarted: make the consumer again. Meanwhile the log over HTTP fills every gap. */
  #consumerEnded(reason: unknown): void {
    if (this.#closed) return;
    this.#connectFailed(reason ?? new Error('JetStream has ended the consumer'));
  }

  #receive(message: JsMsg): void {
    const event = message.json<RecordedEvent>();
    this.#acknowledgements.received(event.position, message);
    if (event.position > this.#applied) this.#buffer.set(event.position, event);
    this.#wake();
  }

  /** The source says how far it is. Twice ahead of us without our moving means that messages were lost. */
  #noticeHead(head: number): void {
    const overdue = this.#lastHead > this.#applied;
    this.#lastHead = head;
    if (overdue) this.#fillGap();
  }

  #fillGap(): void {
    this.#fill = true;
    this.#wake();
  }

  #wake(): void {
    this.#wanted = true;
    if (this.#closed || this.#halted !== undefined) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#wanted) this.#wake();
    });
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed && this.#halted === undefined) {
      this.#wanted = false;
      try {
        if (this.#commitWanted) await this.#commitCheckpoint();
        const events = await this.#nextEvents();
        this.#acknowledgements.applied(this.#applied);
        if (events.length > 0) await this.#apply(events);
        if (this.#suspected) await this.#settle();
        if (events.length === 0) continue;
        this.#attempts = 0;
        this.#outages = 0;
        this.#wanted = true;
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  /**
   * The events directly behind the checkpoint: from the buffer, else from the source's log. What has failed is always
   * read from the log again: the bus may have carried it wrongly.
   */
  async #nextEvents(): Promise<RecordedEvent[]> {
    const ready = this.#attempts > 0 ? [] : this.#takeReady();
    if (ready.length > 0) return ready;
    if (!this.#fill && this.#buffer.size === 0) return [];
    this.#fill = false;
    const fetched = await unlessAborted(this.#options.fetchLog(this.#applied), this.#ending.signal);
    if (fetched === undefined) return [];
    for (const event of fetched) this.#buffer.set(event.position, event);
    // A page of several may have more behind it.
    if (fetched.length > 1) this.#fill = true;
    return this.#takeReady();
  }

  /** A retried batch is one event, so that the one at fault is found. */
  #takeReady(): RecordedEvent[] {
    const ready: RecordedEvent[] = [];
    for (const position of this.#buffer.keys()) if (position <= this.#applied) this.#buffer.delete(position);
    const bound = this.#attempts > 0 ? 1 : MAX_BATCH;
    for (let next = this.#applied + 1; ready.length < bound; next++) {
      const event = this.#buffer.get(next);
      if (event === undefined) break;
      ready.push(event);
    }
    return ready;
  }

  async #apply(events: RecordedEvent[]): Promise<void> {
    const { consumer, source, handle, isRelevant, progress } = this.#options;
    const to = this.#applied + events.length;
    const relevant = events.filter(isRelevant);
    if (relevant.length > 0) {
      await handle(relevant, { consumer, source, from: this.#committed, to });
      this.#committed = to;
    }
    this.#applied = to;
    for (const event of events) this.#buffer.delete(event.position);
    progress.advance(source, to);
    this.#acknowledgements.applied(to);
    if (this.#committed < to) this.#commitLater();
  }

  /** Passing over an event changes nothing, so its checkpoint may follow a little later, many in one. */
  #commitLater(): void {
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined;
      this.#commitWanted = true;
      this.#wake();
    }, COMMIT_LATER_MS);
  }

  async #commitCheckpoint(): Promise<void> {
    this.#commitWanted = false;
    const { log, consumer, source } = this.#options;
    if (this.#committed === this.#applied) return;
    const to = this.#applied;
    const checkpoints = [{ consumer, source, from: this.#committed, to }];
    await log.append({ events: [], recordedAt: new Date().toISOString(), projections: [], checkpoints });
    this.#committed = to;
  }

  /** Letters of events that went through after all (also after a restart) are removed. */
  async #settle(): Promise<void> {
    const applied = this.#applied;
    this.#suspected = await this.#options.deadLetters.settle(this.source, applied);
    this.#verdicts.applied(applied);
  }

  async #failed(error: unknown): Promise<void> {
    const { log, consumer, source } = this.#options;
    // Part of the batch may have been committed, by us or by another replica.
    this.#committed = await log.checkpoint(consumer, source).catch(() => this.#committed);
    this.#applied = this.#committed;
    this.#suspected = true;
    if (error instanceof ConflictError) {
      this.#attempts = Math.max(this.#attempts, 1);
    } else if (isTransient(error)) {
      this.#outages++;
      this.#logger.warn({ err: error, position: this.#applied }, 'subscription waits for a server');
    } else if (++this.#attempts >= MAX_ATTEMPTS && (await this.#halt(error))) {
      return;
    }
    this.#fill = true;
    this.#wanted = true;
    await this.#pause();
  }

  /** Stops at the event that fails. Not where its letter cannot be written: who would know of it? */
  async #halt(error: unknown): Promise<boolean> {
    const { deadLetters, source } = this.#options;
    const event = this.#buffer.get(this.#applied + 1);
    if (event === undefined) return this.#goesOn(error, 'subscription failed, will retry');
    try {
      await deadLetters.add(source, event, error, this.#attempts);
    } catch (failure) {
      return this.#goesOn(failure, 'dead letter could not be written, will retry');
    }
    const { position, type } = event;
    this.#halted = { source, position, error: causeOf(error) };
    this.#logger.error({ err: error, position, type }, 'event became a dead letter');
    this.#verdicts.failed(position);
    return true;
  }

  #goesOn(error: unknown, message: string): false {
    this.#logger.warn({ err: error, position: this.#applied }, message);
    return false;
  }

  async #pause(): Promise<void> {
    const delay = Math.min(RETRY_FIRST_MS * 3 ** (this.#attempts + this.#outages), RETRY_LAST_MS);
    await pause(delay, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }
}
