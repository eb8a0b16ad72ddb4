/**
 * The feed as server-sent events. The id of each is the place behind it, so that `Last-Event-ID` is all it takes to go
 * on, here or at another gateway. The stream's first lines carry an id alone: whoever is cut off before the first event
 * still knows where it stood.
 *
 * Written without a library: what there is for Fastify writes heartbeats past a full buffer and waits for ever for a
 * reader that has gone. Fastify sends a Readable with regard to the reader's pace, and the format is four words.
 */
import type { WatchedEvent } from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import type { Asides, Listener } from './asides.ts';
import { behind, formatCursor, type Cursor } from './cursor.ts';
import { readPage, type FeedFilter, type LogReaders } from './feed.ts';
import type { Tail, TailEntry } from './tail.ts';

export interface StreamOptions {
  readers: LogReaders;
  tail: Tail;
  filter: FeedFilter;
  /** What the reader has seen. */
  from: Cursor;
  /** Told as well, where the reader wants it. */
  asides?: Asides | undefined;
  /** Ends the stream. */
  signal: AbortSignal;
  heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;
/** What is held in memory for one reader that catches up. */
const PAGE_EVENTS = 200;
/** While the tail is out of reach, or a service is away. */
const LOOK_AGAIN_MS = 500;
/** After which a client connects again when the stream has ended. */
const RECONNECT_MS = 1_000;

/** The text of the stream, piece by piece; ends when `signal` says so, and waits while services are away. */
export async function* eventStream(options: StreamOptions): AsyncGenerator<string, void, undefined> {
  const { tail, signal, from, heartbeatMs = HEARTBEAT_MS } = options;
  const leave = tail.follow();
  const aside = options.asides?.listen();
  const follower = new Follower(options);
  try {
    yield `retry: ${RECONNECT_MS}\nid: ${formatCursor(from)}\n\n`;
    for (let quietSince = performance.now(); !signal.aborted;) {
      const messages = [...(await follower.next()), ...(aside?.take() ?? [])];
      yield* messages;
      if (messages.length > 0) quietSince = performance.now();
      if (performance.now() - quietSince >= heartbeatMs) {
        quietSince = performance.now();
        yield `: quiet\nid: ${formatCursor(follower.at)}\n\n`;
      }
      if (!follower.hasMore) await untilNews([tail, aside], Math.min(follower.patienceMs, heartbeatMs), signal);
    }
  } finally {
    leave();
    aside?.close();
  }
}

/** Resolves when one of both has something, or when the time has passed or the signal says so. */
async function untilNews(
  [tail, aside]: readonly [Tail, Listener | undefined],
  withinMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (aside === undefined) return tail.changed(withinMs, signal);
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  await Promise.race([tail.changed(withinMs, either), aside.wait(withinMs, either)]);
  enough.abort();
}

/** One reader's way: along pages until it reaches into the tail's memory, then along the tail. */
class Follower {
  readonly #options: StreamOptions;
  #at: Cursor;
  /** The number of the tail's entry to read next; undefined while on pages. */
  #number: number | undefined;
  /** Whether there is more to be had at once. */
  hasMore = true;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#at = options.from;
  }

  /** What has been told: also what did not pass the filter. */
  get at(): Cursor {
    return this.#at;
  }

  get patienceMs(): number {
    return this.#number === undefined ? LOOK_AGAIN_MS : HEARTBEAT_MS;
  }

  /** The next messages; none where nothing is new. */
  async next(): Promise<string[]> {
    const { tail, filter } = this.#options;
    this.#number ??= tail.join(this.#at, filter.services);
    const entries = this.#number === undefined ? undefined : tail.since(this.#number);
    if (entries === undefined) return this.#readPage();
    this.#number = (this.#number ?? 0) + entries.length;
    this.hasMore = entries.length > 0;
    return entries.flatMap((entry) => this.#take(entry));
  }

  #take({ event, text }: TailEntry): string[] {
    const { filter } = this.#options;
    if (!filter.services.includes(event.service) || event.position <= this.#at[event.service]) return [];
    this.#at = behind(this.#at, event);
    return passes(event, filter) ? [messageOf(this.#at, event, text)] : [];
  }

  async #readPage(): Promise<string[]> {
    this.#number = undefined;
    const { readers, filter } = this.#options;
    const request = { direction: 'forward', from: this.#at, limit: PAGE_EVENTS, filter } as const;
    const page = await readPage(readers, request).catch((error: unknown) => {
      if (error instanceof UnavailableError) return undefined;
      throw error;
    });
    this.hasMore = page?.more ?? false;
    if (page === undefined) return [];
    const messages = page.events.map((event) => {
      this.#at = behind(this.#at, event);
      return messageOf(this.#at, event, JSON.stringify(event));
    });
    this.#at = page.at;
    return messages;
  }
}

function messageOf(at: Cursor, { type }: WatchedEvent, text: string): string {
  return `id: ${formatCursor(at)}\nevent: ${type}\ndata: ${text}\n\n`;
}

/** The filter as the services' logs understand it, for events that are here already. */
function passes({ type, stream, metadata }: WatchedEvent, { inLog }: FeedFilter): boolean {
  const { correlationId, causationId } = metadata;
  const isOneOf = (values: string[] | undefined, value: string | null) =>
    values === undefined || (value !== null && values.includes(value));
  return (
    isOneOf(inLog.types, type) &&
    isOneOf(inLog.streams, stream) &&
    isOneOf(inLog.correlationIds, correlationId) &&
    isOneOf(inLog.causationIds, causationId)
  );
}

/** Passes pieces on; calls `stalled` when the reader has taken none for so long. */
export async function* boundedPace<T>(
  pieces: AsyncIterable<T>,
  withinMs: number,
  stalled: () => void,
): AsyncGenerator<T, void, undefined> {
  for await (const piece of pieces) {
    const timer = setTimeout(stalled, withinMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
  }
}
