/**
 * The end of the feed, read once for all who follow it. It runs while somebody does, remembers a bounded number of
 * events, and looks again when an append is announced or, without any word, twice a second. Whoever falls out of its
 * memory reads pages until it reaches into it again.
 */
import { isEventSource, PAGE_LIMIT, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { Bell } from '@pocket/service-kit';
import { BEGINNING, reaches, type Cursor } from './cursor.ts';
import { everything, readNow, readPage, type LogReaders } from './feed.ts';
import type { Walked } from './merge.ts';

/** An event with its JSON, made once for all. */
export interface TailEntry {
  event: WatchedEvent;
  text: string;
}

export interface TailOptions {
  readers: LogReaders;
  /** Told of a failure to read; it is tried again. */
  failed: (error: unknown) => void;
  lookEveryMs?: number;
  maxEvents?: number;
  maxBytes?: number;
}

const LOOK_EVERY_MS = 500;
const MAX_EVENTS = 5_000;
const MAX_BYTES = 32 * 1024 * 1024;

export class Tail {
  readonly #options: Required<TailOptions>;
  #followers = 0;
  #run = new AbortController();
  #at: Cursor = BEGINNING;
  /** What had been told before the oldest entry; undefined until the tail has found its place. */
  #start: Cursor | undefined;
  #entries: TailEntry[] = [];
  #ids = new Set<string>();
  #bytes = 0;
  /** The number of the oldest entry, counted from the first one ever. */
  #first = 0;
  readonly #news = new Bell();
  readonly #hints = new Bell();
  /** How many hints were worth a look. */
  #hinted = 0;

  constructor(options: TailOptions) {
    this.#options = { lookEveryMs: LOOK_EVERY_MS, maxEvents: MAX_EVENTS, maxBytes: MAX_BYTES, ...options };
  }

  /** Keeps the tail running until the returned call. */
  follow(): () => void {
    if (this.#followers++ === 0) this.#begin();
    let following = true;
    return () => {
      if (!following) return;
      following = false;
      if (--this.#followers === 0) this.#end();
    };
  }

  /** Somebody says that the log of `service` has reached `position`. */
  hint(service: string, position: number): void {
    if (!isEventSource(service) || position <= this.#at[service]) return;
    this.#hinted++;
    this.#hints.ring();
  }

  /** The number of the entry from which a follower that stands at `cursor` may go on; undefined where it is too far back. */
  join(cursor: Cursor, services: readonly EventSource[]): number | undefined {
    return this.#start !== undefined && reaches(cursor, this.#start, services) ? this.#first : undefined;
  }

  /** The entries from this number on; undefined where some of them have been forgotten. */
  since(number: number): TailEntry[] | undefined {
    return number < this.#first ? undefined : this.#entries.slice(number - this.#first);
  }

  /** Resolves at the next entries, or when the time has passed or the signal says so. */
  changed(withinMs: number, signal: AbortSignal): Promise<void> {
    return this.#news.wait(withinMs, signal);
  }

  #begin(): void {
    this.#run = new AbortController();
    void this.#keepReading(this.#run.signal);
  }

  #end(): void {
    this.#run.abort();
    [this.#start, this.#entries, this.#bytes] = [undefined, [], 0];
    this.#ids.clear();
  }

  async #keepReading(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const hinted = this.#hinted;
      const more = await this.#read(signal).catch((error: unknown) => this.#options.failed(error));
      if (more !== true && hinted === this.#hinted) await this.#hints.wait(this.#options.lookEveryMs, signal);
    }
  }

  /** Whether there is more to be read at once. */
  async #read(signal: AbortSignal): Promise<boolean> {
    const isPlaced = this.#start !== undefined;
    const { events, at, more } = await (isPlaced ? this.#readPage() : this.#findPlace());
    if (signal.aborted) return false;
    this.#at = at;
    this.#start ??= at;
    this.#remember(events);
    if (events.length > 0 || !isPlaced) this.#news.ring();
    return more;
  }

  async #findPlace(): Promise<Walked> {
    return { at: await readNow(this.#options.readers), events: [], more: true };
  }

  #readPage(): Promise<Walked> {
    const isKnown = (id: string) => this.#ids.has(id);
    const request = { direction: 'forward', from: this.#at, limit: PAGE_LIMIT, filter: everything, isKnown } as const;
    return readPage(this.#options.readers, request);
  }

  #remember(events: readonly WatchedEvent[]): void {
    for (const event of events) {
      const text = JSON.stringify(event);
      this.#entries.push({ event, text });
      this.#ids.add(event.eventId);
      this.#bytes += text.length;
    }
    const { maxEvents, maxBytes } = this.#options;
    let forgotten = 0;
    while (this.#entries.length - forgotten > maxEvents || this.#bytes > maxBytes) this.#forget(forgotten++);
    this.#entries = this.#entries.slice(forgotten);
    this.#first += forgotten;
  }

  #forget(index: number): void {
    const entry = this.#entries[index];
    if (entry === undefined || this.#start === undefined) throw new Error('there is nothing left to forget');
    const { event, text } = entry;
    this.#start = { ...this.#start, [event.service]: event.position };
    this.#ids.delete(event.eventId);
    this.#bytes -= text.length;
  }
}
