/**
 * Carries a service's log to JetStream: reads behind its own checkpoint, publishes in order with a window in flight,
 * and remembers how far it got. Only the leader's relay runs. It may publish twice after a crash, never skip.
 */
import type { Logger } from 'pino';
import { ensureStream, headSubject, publishEvent, wakeSubject, type Bus, type CarriedLog } from './bus.ts';
import type { RecordedEvent } from './event.ts';
import type { Log } from './log.ts';

const RELAY = 'relay';
const WINDOW = 100;
const HEARTBEAT_MS = 1_000;
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 5_000;

export interface RelayOptions {
  source: string;
  log: Pick<Log, 'head' | 'read' | 'createCheckpoint' | 'raiseCheckpoint' | 'onAppended'>;
  bus: Bus;
  logger: Logger;
}

export class Relay {
  readonly #options: RelayOptions;
  #carried: CarriedLog;
  #cursor = 0;
  #savedCursor = 0;
  #handedOver: RecordedEvent[] = [];
  #wanted = false;
  /** Whether the log may hold more than was handed over. */
  #unread = true;
  #failed = false;
  #running: Promise<void> | undefined;
  #closed = false;
  #retryMs = RETRY_FIRST_MS;
  readonly #cleanups: (() => void)[] = [];

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#carried = { source: options.source, logId: '' };
  }

  async start(): Promise<void> {
    const { bus, log, source } = this.#options;
    const { logId } = await log.head();
    this.#carried = { source, logId };
    await ensureStream(bus, this.#carried);
    this.#cursor = await log.createCheckpoint(RELAY, source, logId);
    this.#cleanups.push(log.onAppended((events) => this.#handOver(events)));
    const wakes = bus.connection.subscribe(wakeSubject(bus, source), { callback: () => this.#look() });
    this.#cleanups.push(() => wakes.unsubscribe());
    const heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#cleanups.push(() => clearInterval(heartbeat));
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cleanup of this.#cleanups) cleanup();
    await this.#running;
    await this.#saveCursor();
  }

  /**
   * Events of this process come straight from memory; it saves reading back what was just written. They leave before the
   * commit is answered: its author's next question waits for those who follow.
   */
  #handOver(events: RecordedEvent[]): void {
    if (this.#handedOver.length < WINDOW) this.#handedOver.push(...events);
    else this.#unread = true;
    this.#wake();
  }

  /** The log may hold events that nobody handed over: another replica's, or those from before the start. */
  #look(): void {
    this.#unread = true;
    this.#wake();
  }

  #wake(): void {
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#wanted || this.#closed) return;
      if (this.#failed) setTimeout(() => this.#wake(), this.#retryMs).unref();
      else this.#wake();
    });
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false;
      try {
        await this.#publishNew();
        this.#failed = false;
        this.#retryMs = RETRY_FIRST_MS;
      } catch (error) {
        this.#options.logger.warn({ err: error, position: this.#cursor }, 'relay failed, will retry');
        this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LAST_MS);
        this.#failed = true;
        this.#unread = true;
        this.#wanted = true;
        await ensureStream(this.#options.bus, this.#carried).catch(() => undefined);
        return;
      }
    }
  }

  async #publishNew(): Promise<void> {
    for (;;) {
      const events = await this.#next();
      const last = events.at(-1);
      if (last === undefined || this.#closed) return;
      await Promise.all(events.map((event) => publishEvent(this.#options.bus, this.#carried, event)));
      this.#cursor = last.position;
    }
  }

  async #next(): Promise<RecordedEvent[]> {
    const handed = this.#handedOver.splice(0).filter(({ position }) => position > this.#cursor);
    if (!this.#unread && handed.length === 0) return [];
    if (!this.#unread && handed[0]?.position === this.#cursor + 1 && isConsecutive(handed)) return handed;
    const read = await this.#options.log.read(this.#cursor, WINDOW);
    this.#unread = read.length === WINDOW;
    return read;
  }

  /** Says how far the log is, so that consumers notice even a lost last message; looks for other replicas' events. */
  async #beat(): Promise<void> {
    const { bus } = this.#options;
    try {
      await this.#saveCursor();
      bus.connection.publish(headSubject(bus, this.#carried), String(this.#cursor));
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'relay heartbeat failed');
    }
    this.#look();
  }

  async #saveCursor(): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === this.#savedCursor) return;
    await this.#options.log.raiseCheckpoint(RELAY, this.#options.source, cursor);
    this.#savedCursor = cursor;
  }
}

function isConsecutive(events: RecordedEvent[]): boolean {
  return events.every((event, index) => event.position === (events[0]?.position ?? 0) + index);
}
