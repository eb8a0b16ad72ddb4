/**
 * Proves a log from its first event to its last: positions and versions without holes, and every hash over the one before
 * it. What is wrong is named; the proof goes on behind it, so that a second fault is found too.
 */
import { digestOf, firstHash, nextHash } from './event-hash.ts';
import type { StoredEvent, StoredHead } from './stored-log.ts';

export interface LogFault {
  position: number;
  /** One sentence. */
  what: string;
}

export class LogProof {
  #position = 0;
  #hash: Buffer;
  readonly #versions = new Map<string, number>();
  /** An event whose content and hash do not agree; the next one tells which of both was changed. */
  #suspect: { event: StoredEvent; expected: Buffer } | undefined;
  readonly faults: LogFault[] = [];

  constructor(logId: string) {
    this.#hash = firstHash(logId);
  }

  /** The next event as it is stored. */
  take(event: StoredEvent): void {
    const { position, stream, version } = event;
    if (position !== this.#position + 1)
      this.#fault(position, `events ${this.#position + 1} to ${position - 1} are missing`);
    const known = this.#versions.get(stream) ?? 0;
    if (version !== known + 1)
      this.#fault(position, `${nameOf(event)} has version ${version} of stream ${stream}, it must be ${known + 1}`);
    this.#versions.set(stream, version);
    this.#position = position;
    this.#takeHash(event);
  }

  /** After the last event: the log's head must be just behind it. */
  finish({ position, hash }: Pick<StoredHead, 'position' | 'hash'>): LogFault[] {
    this.#judge(hash);
    if (position !== this.#position)
      this.#fault(position, `the log's head stands at ${position}, its last event at ${this.#position}`);
    else if (!hash.equals(this.#hash)) this.#fault(position, "the log's head has another hash than its last event");
    return this.faults;
  }

  #takeHash(event: StoredEvent): void {
    const { position } = event;
    const digest = digestOf(event);
    const expected = nextHash(this.#hash, position, digest);
    const fromExpected = this.#suspect && nextHash(this.#suspect.expected, position, digest);
    if (this.#suspect !== undefined) {
      // Behind a changed hash the chain goes on from the right one, behind a changed event from the stored one.
      const hashChanged = fromExpected?.equals(event.hash) === true;
      this.#name(this.#suspect.event, hashChanged ? 'hash' : 'content');
      this.#suspect = undefined;
      if (hashChanged) {
        this.#hash = event.hash;
        return;
      }
    }
    this.#hash = event.hash;
    if (!expected.equals(event.hash)) this.#suspect = { event, expected };
  }

  /** The last event is judged by the head. */
  #judge(head: Buffer): void {
    if (this.#suspect === undefined) return;
    const { event, expected } = this.#suspect;
    this.#name(event, head.equals(expected) ? 'hash' : 'content');
    this.#suspect = undefined;
    this.#hash = head;
  }

  #name(event: StoredEvent, part: 'hash' | 'content'): void {
    const changed = part === 'hash' ? 'its hash was changed' : 'it is not what was written: its content was changed';
    this.#fault(event.position, `${nameOf(event)}: ${changed}, or the events before it are others`);
  }

  #fault(position: number, what: string): void {
    this.faults.push({ position, what });
  }
}

function nameOf({ position, type, stream, eventId }: StoredEvent): string {
  return `event ${position} (${type} of ${stream}, ${eventId})`;
}
