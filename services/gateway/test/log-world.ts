/**
 * Logs in memory that grow while they are read, as four services do: between any two answers somebody may have
 * written. Clocks disagree, causes lie in any log, and an answer may end early because its events are large.
 */
import { eventSources, type EventFilter, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import { randomOf, type Random } from '@pocket/testkit';
import { BEGINNING, type Cursor } from '../src/cursor.ts';
import type { LogReader, LogReaders } from '../src/feed.ts';

const TYPES = ['Asked', 'Answered', 'Noted'];
const REQUESTS = ['request-1', 'request-2', 'request-3'];
const EPOCH_MS = Date.UTC(2026, 0, 1);
const SKEW_MS: Cursor = { wallet: 0, 'tx-pool': 3, miner: -4, chainstate: 1 };

export interface WorldOptions {
  seed: number;
  /** How many events come, all in all, beside those that are there at first. */
  toCome: number;
  there?: number;
  /** The most events an answer has where they are not brief, whatever was asked for. */
  largestAnswer?: number;
  /** Whether all services have the same clock. */
  oneClock?: boolean;
}

export class LogWorld {
  readonly logs: Record<EventSource, WatchedEvent[]> = { wallet: [], 'tx-pool': [], miner: [], chainstate: [] };
  readonly readers: LogReaders;
  readonly random: Random;
  /** Whether no service can be reached. */
  away = false;
  readonly #largestAnswer: number;
  readonly #oneClock: boolean;
  #toCome: number;
  #nowMs = EPOCH_MS;

  constructor({ seed, toCome, there = 0, largestAnswer = Infinity, oneClock = false }: WorldOptions) {
    this.random = randomOf(seed);
    this.#toCome = toCome;
    this.#largestAnswer = largestAnswer;
    this.#oneClock = oneClock;
    for (let count = 0; count < there; count++) this.append();
    const readers = eventSources.map((service) => [service, this.#readerOf(service)] as const);
    this.readers = Object.fromEntries(readers) as LogReaders;
  }

  get all(): WatchedEvent[] {
    return eventSources.flatMap((service) => this.logs[service]);
  }

  get heads(): Cursor {
    return { ...BEGINNING, ...Object.fromEntries(eventSources.map((service) => [service, this.logs[service].length])) };
  }

  /** Somebody writes: often because of an event that is there. */
  append(service: EventSource = this.random.pick([...eventSources])): WatchedEvent {
    const { all, random } = this;
    this.#nowMs += random.below(3);
    const log = this.logs[service];
    const cause = all.length > 0 && random.below(3) > 0 ? random.pick(all.slice(-8)) : undefined;
    const correlationId = cause?.metadata.correlationId ?? random.pick(REQUESTS);
    const event: WatchedEvent = {
      service,
      position: log.length + 1,
      eventId: `${service}-${log.length + 1}`,
      stream: `stream-${random.below(3)}`,
      version: log.length + 1,
      type: random.pick(TYPES),
      schemaVersion: 1,
      data: {},
      metadata: { correlationId, causationId: cause?.eventId ?? correlationId, traceparent: null },
      recordedAt: new Date(this.#nowMs + (this.#oneClock ? 0 : SKEW_MS[service] + random.below(2))).toISOString(),
    };
    log.push(event);
    return event;
  }

  /** Everything comes that was to come. */
  settle(): void {
    for (; this.#toCome > 0; this.#toCome--) this.append();
  }

  /** What may have happened meanwhile. */
  #live(): void {
    for (let count = this.random.below(4); count > 0 && this.#toCome > 0; count--) {
      this.#toCome--;
      this.append();
    }
  }

  #readerOf(service: EventSource): LogReader {
    return {
      search: async ({ after, through = Infinity, direction, limit, filter, brief }) => {
        await this.#answerLater();
        const head = this.logs[service].length;
        const found = this.logs[service].filter(
          (event) => event.position > after && event.position <= through && matches(event, filter),
        );
        if (direction === 'backward') found.reverse();
        const events = found.slice(0, brief ? limit : Math.min(limit, this.#largestAnswer));
        return { head, complete: events.length === found.length, events };
      },
      places: async ({ of, ids, after, through = Infinity, filter }) => {
        await this.#answerLater();
        const inRange = this.logs[service].filter(
          (event) => event.position > after && event.position <= through && matches(event, filter),
        );
        const idOf = ({ eventId, metadata }: WatchedEvent) =>
          of === 'causes' ? eventId : (metadata.causationId ?? '');
        return ids.flatMap((id) => {
          const event = inRange.find((candidate) => idOf(candidate) === id);
          return event === undefined ? [] : [{ id, position: event.position }];
        });
      },
    };
  }

  async #answerLater(): Promise<void> {
    this.#live();
    if (this.away) throw new UnavailableError('the service is away');
    await new Promise((resolve) => setImmediate(resolve));
    this.#live();
  }
}

export function matches({ type, stream, metadata }: WatchedEvent, filter: EventFilter): boolean {
  return (
    (filter.types?.includes(type) ?? true) &&
    (filter.streams?.includes(stream) ?? true) &&
    (filter.correlationIds?.includes(metadata.correlationId) ?? true) &&
    (filter.causationIds?.includes(metadata.causationId ?? '') ?? true)
  );
}
