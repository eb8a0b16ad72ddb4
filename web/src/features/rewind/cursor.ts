/**
 * A place in the feed of all logs, as how far each log has been told. The sum of it is how many events stand before that
 * place, and so what a slider counts: no list of the events is needed to know how many there are. Pure.
 */
import { eventSources, formatPositions, type EventSource, type Positions } from '@pocket/contracts';

export type Cursor = Readonly<Record<EventSource, number>>;

/** An event by its place in its log. */
export interface Place {
  service: EventSource;
  position: number;
}

export const BEGINNING: Cursor = { wallet: 0, 'tx-pool': 0, miner: 0, chainstate: 0 };

export const cursorOf = (positions: Positions): Cursor => ({ ...BEGINNING, ...positions });
export const textOf = (cursor: Cursor): string => formatPositions(cursor);
export const countOf = (cursor: Cursor): number => eventSources.reduce((sum, name) => sum + cursor[name], 0);

/** The place right behind an event, and right before it, of a cursor on its other side. */
export const behind = (cursor: Cursor, { service, position }: Place): Cursor => ({ ...cursor, [service]: position });
export const before = (cursor: Cursor, { service, position }: Place): Cursor => ({
  ...cursor,
  [service]: position - 1,
});

/** The furthest of two places in every log. */
export function furthest(one: Cursor, other: Cursor): Cursor {
  return Object.fromEntries(eventSources.map((name) => [name, Math.max(one[name], other[name])])) as Cursor;
}

/**
 * An event that may stand about where the index-th of all events does: the one at the same share of the way through the
 * log that has most of the events between two places. Undefined where it would be no nearer than these are.
 */
export function guessAt(older: Cursor, newer: Cursor, index: number): Place | undefined {
  const spans = eventSources.map((service) => ({ service, span: newer[service] - older[service] }));
  const { service, span } = spans.reduce((longest, each) => (each.span > longest.span ? each : longest));
  const share = (index - countOf(older)) / (countOf(newer) - countOf(older));
  const position = older[service] + Math.round(share * span);
  const inner = Math.min(Math.max(position, older[service] + 1), newer[service] - 1);
  return span < 2 || !Number.isFinite(share) ? undefined : { service, position: inner };
}
