/** A feed of four logs for the tests of the slider: as the gateway's, pages by cursors and cuts at events. */
import { eventSources, parsePositions, type EventPage, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { BEGINNING, behind, cursorOf, textOf, type Cursor } from '../../src/features/rewind/cursor.ts';
import type { Feed } from '../../src/features/rewind/stop-finder.ts';

export interface History extends Feed {
  head: Cursor;
  events: readonly WatchedEvent[];
  /** What has been asked for, in order. */
  asked: string[];
}

/** @param services the log of each event, in the feed's order. */
export function historyOf(services: readonly EventSource[]): History {
  let head = BEGINNING;
  const events = services.map((service, index) => {
    head = behind(head, { service, position: head[service] + 1 });
    return eventOf(service, head[service], index);
  });
  const asked: string[] = [];
  return { head, events, asked, ...feedOf(events, asked) };
}

/** Logs of very different lengths, one of which begins late. */
export function longHistory(length: number): History {
  const serviceAt = (index: number): EventSource => {
    if (index > length / 2 && index % 3 === 0) return 'miner';
    return index % 50 === 0 ? 'wallet' : eventSources[index % 2 === 0 ? 1 : 3];
  };
  return historyOf(Array.from({ length }, (_, index) => serviceAt(index)));
}

function eventOf(service: EventSource, position: number, index: number): WatchedEvent {
  const metadata = { correlationId: 'c', causationId: null, traceparent: null };
  const recordedAt = new Date(index).toISOString();
  const eventId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const shape = { stream: 's', version: 1, schemaVersion: 1, data: {} };
  return { service, position, eventId, type: `Type${index + 1}`, recordedAt, metadata, ...shape };
}

function feedOf(events: readonly WatchedEvent[], asked: string[]): Feed {
  const isTold = ({ service, position }: WatchedEvent, at: Cursor): boolean => position <= at[service];
  const read = (text: string): Cursor => cursorOf(parsePositions(text) ?? {});
  const indexOf = (atEvent: string): number =>
    events.findIndex(({ service, position }) => `${service}:${position}` === atEvent);
  return {
    page: (question) => {
      asked.push(`page ${JSON.stringify(question)}`);
      const isForward = 'after' in question;
      const at = isForward ? read(question.after) : 'before' in question ? read(question.before) : BEGINNING;
      const found = isForward
        ? events.filter((event) => !isTold(event, at)).slice(0, question.limit)
        : events.filter((event) => isTold(event, at)).slice(-question.limit);
      const order = isForward ? 'asc' : 'desc';
      const told = isForward ? found : [...found].reverse();
      return Promise.resolve({ order, events: told, previous: null, next: textOf(at), more: false } as EventPage);
    },
    cut: (atEvent) => {
      asked.push(`cut ${atEvent}`);
      return Promise.resolve(events.slice(0, indexOf(atEvent) + 1).reduce<Cursor>(behind, BEGINNING));
    },
    event: (atEvent) => {
      const event = events[indexOf(atEvent)];
      return event === undefined ? Promise.reject(new Error(atEvent)) : Promise.resolve(event);
    },
  };
}
