/**
 * A place in the feed of all logs: how far each of them has been told, as `wallet=7,tx-pool=3,miner=2,chainstate=42`.
 * Whatever the order in which events are told, such a place says exactly which ones have been: none can be missed or
 * told twice.
 */
import { eventSources, parsePositions, type EventSource } from '@pocket/contracts';

export type Cursor = Readonly<Record<EventSource, number>>;

export const BEGINNING: Cursor = { wallet: 0, 'tx-pool': 0, miner: 0, chainstate: 0 };

/**
 * Reads a cursor; `0` is the beginning, and so is a log that is not named. Undefined where it is malformed, or names a log
 * twice.
 */
export function parseCursor(text: string): Cursor | undefined {
  if (text.trim() === '0') return BEGINNING;
  const positions = parsePositions(text);
  if (positions === undefined || Object.keys(positions).length !== text.split(',').length) return undefined;
  return { ...BEGINNING, ...positions };
}

export function formatCursor(cursor: Cursor): string {
  return eventSources.map((name) => `${name}=${cursor[name]}`).join(',');
}

/** The place behind an event that is told next. */
export function behind(cursor: Cursor, { service, position }: { service: EventSource; position: number }): Cursor {
  return { ...cursor, [service]: position };
}

/** Whether each of these logs has been told at least as far as in `other`. */
export function reaches(cursor: Cursor, other: Cursor, services: readonly EventSource[]): boolean {
  return services.every((name) => cursor[name] >= other[name]);
}
