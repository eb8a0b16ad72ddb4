/** Where the events of all services stand on four lanes over time: the earliest at the left, each at its share of the time. */
import { eventSources, type EventSource } from '@pocket/contracts';
import { keyOf, type LogRow } from './event-window.ts';

export interface LaneMark {
  key: string;
  row: LogRow;
  /** From 0, the earliest event, to 1, the latest. */
  share: number;
  /** From 0, as `eventSources` names them. */
  lane: number;
}

export interface Lanes {
  marks: LaneMark[];
  /** Milliseconds since 1970; undefined where there is no event. */
  from: number | undefined;
  to: number | undefined;
}

export const laneOf = (service: EventSource): number => eventSources.indexOf(service);

export function layLanes(rows: readonly LogRow[]): Lanes {
  const times = rows.map(({ recordedAt }) => Date.parse(recordedAt));
  if (times.length === 0) return { marks: [], from: undefined, to: undefined };
  const from = times.reduce((least, time) => Math.min(least, time), Infinity);
  const to = times.reduce((most, time) => Math.max(most, time), -Infinity);
  const marks = rows.map((row, index) => ({
    key: keyOf(row),
    row,
    share: to === from ? 1 : ((times[index] ?? from) - from) / (to - from),
    lane: laneOf(row.service),
  }));
  return { marks, from, to };
}
