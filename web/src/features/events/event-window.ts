/**
 * The part of the log that the page holds: newest first, never more than so many rows. Live events come in front, older
 * pages behind; what falls out at the far end is asked for again by the cursor. Pure.
 */
import { formatPositions, parsePositions, raisePosition, type EventPage, type WatchedEvent } from '@pocket/contracts';

/** An event without its data: a page holds many of them. */
export type LogRow = Pick<WatchedEvent, 'service' | 'position' | 'eventId' | 'type' | 'stream' | 'recordedAt'>;

export interface EventWindow {
  /** Newest first. */
  rows: readonly LogRow[];
  /** The cursor of what is older than the last row; null where nothing is. */
  older: string | null;
  /** Whether the first row is the newest event there is; false once it had to make room for older ones. */
  atNewest: boolean;
}

export interface LogFilter {
  /** Empty for all. */
  services: readonly string[];
  types: readonly string[];
}

export const MAX_ROWS = 500;

export const keyOf = ({ service, position }: LogRow): string => `${service}:${position}`;

export function passes({ services, types }: LogFilter, { service, type }: WatchedEvent): boolean {
  return (services.length === 0 || services.includes(service)) && (types.length === 0 || types.includes(type));
}

export function rowOf({ service, position, eventId, type, stream, recordedAt }: WatchedEvent): LogRow {
  return { service, position, eventId, type, stream, recordedAt };
}

/** @param page the newest one, in the order `desc`. */
export function firstWindow({ events, previous }: EventPage): EventWindow {
  return { rows: events.map(rowOf), older: previous, atNewest: true };
}

/** A live event in front; the window as it was where it holds the event already, or has left the newest. */
export function withNewer(window: EventWindow, row: LogRow, maxRows = MAX_ROWS): EventWindow {
  if (!window.atNewest || window.rows.some((each) => keyOf(each) === keyOf(row))) return window;
  const rows = [row, ...window.rows];
  const dropped = rows.splice(maxRows);
  return { rows, older: cursorBehind(window.older, dropped), atNewest: true };
}

/** The page that the window's cursor led to, behind; the newest rows make room for it. */
export function withOlder(window: EventWindow, { events, previous }: EventPage, maxRows = MAX_ROWS): EventWindow {
  const rows = [...window.rows, ...events.map(rowOf)];
  const dropped = Math.max(0, rows.length - maxRows);
  return { rows: rows.slice(dropped), older: previous, atNewest: window.atNewest && dropped === 0 };
}

/** The cursor before which the dropped rows stand too: of each log the last position that is no longer held. */
function cursorBehind(older: string | null, dropped: readonly LogRow[]): string | null {
  if (dropped.length === 0) return older;
  const positions = parsePositions(older ?? '') ?? {};
  for (const { service, position } of dropped) raisePosition(positions, service, position);
  return formatPositions(positions);
}
