/**
 * Read your own writes: a write answers with the log position it reached, a later request names the positions it
 * must not be answered before. Both travel as HTTP headers in the form `chainstate=42,wallet=7`.
 */
import { isEventSource, type EventSource } from './services.ts';

export const POSITION_HEADER = 'x-pocket-position';
export const AFTER_HEADER = 'x-pocket-after';
export const CORRELATION_HEADER = 'x-correlation-id';
export const CAUSATION_HEADER = 'x-causation-id';

/** Highest known position of each log; a log that is not named has not been seen. */
export type Positions = Partial<Record<EventSource, number>>;

/** Reads a positions header. Returns undefined where it is malformed, so that the caller can name it. */
export function parsePositions(text: string | undefined): Positions | undefined {
  const positions: Positions = {};
  for (const part of (text ?? '').split(',').filter((part) => part.trim() !== '')) {
    const match = /^\s*([a-z-]+)=(\d{1,15})\s*$/.exec(part);
    const source = match?.[1] ?? '';
    if (match === null || !isEventSource(source)) return undefined;
    raisePosition(positions, source, Number(match[2]));
  }
  return positions;
}

export function formatPositions(positions: Positions): string {
  return Object.entries(positions)
    .map(([source, position]) => `${source}=${position}`)
    .join(',');
}

/** Raises one position in place; positions never fall. */
export function raisePosition(positions: Positions, source: EventSource, position: number): void {
  positions[source] = Math.max(positions[source] ?? 0, position);
}

/** Raises every position of `into` to at least that of `from`, in place. */
export function mergePositions(into: Positions, from: Positions): void {
  for (const [source, position] of Object.entries(from)) raisePosition(into, source as EventSource, position);
}
