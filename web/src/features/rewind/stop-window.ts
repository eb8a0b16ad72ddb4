/**
 * The stops around the place where the slider is: a stretch of the feed of bounded length, which knows its place in the
 * whole. It grows at one end and is cut at the other. Pure.
 */
import type { EventPage, EventSource } from '@pocket/contracts';
import { before, behind, countOf, type Cursor, type Place } from './cursor.ts';

/** One event at which the slider can stand, without its data. */
export interface Stop {
  /** Which of all events it is, from 1; 0 is before all of them. */
  index: number;
  service: EventSource;
  position: number;
  type: string;
  /** ISO 8601. */
  recordedAt: string;
}

type Told = Omit<Stop, 'index'>;

export interface StopWindow {
  /** The place right before the first stop. */
  older: Cursor;
  /** The place right behind the last one. */
  newer: Cursor;
  /** Oldest first. */
  stops: readonly Told[];
}

export const MAX_STOPS = 600;

export const emptyAt = (cursor: Cursor): StopWindow => ({ older: cursor, newer: cursor, stops: [] });

/** With what a page told that was read from one of the window's ends. */
export function withPage(window: StopWindow, { order, events }: Pick<EventPage, 'order' | 'events'>): StopWindow {
  const told = events.map(({ service, position, type, recordedAt }) => ({ service, position, type, recordedAt }));
  return order === 'asc' ? grownForward(window, told) : grownBackward(window, told.reverse());
}

function grownForward({ older, newer, stops }: StopWindow, told: readonly Told[]): StopWindow {
  const all = [...stops, ...told];
  const kept = all.slice(-MAX_STOPS);
  return {
    older: all.slice(0, all.length - kept.length).reduce<Cursor>(behind, older),
    newer: told.reduce<Cursor>(behind, newer),
    stops: kept,
  };
}

function grownBackward({ older, newer, stops }: StopWindow, told: readonly Told[]): StopWindow {
  const all = [...told, ...stops];
  const kept = all.slice(0, MAX_STOPS);
  return {
    older: told.reduceRight<Cursor>(before, older),
    newer: all.slice(kept.length).reduceRight<Cursor>(before, newer),
    stops: kept,
  };
}

/** Undefined where the window does not hold it. */
export function stopAt({ older, stops }: StopWindow, index: number): Stop | undefined {
  const told = stops[index - countOf(older) - 1];
  return told === undefined ? undefined : { ...told, index };
}

export function stopOf(window: StopWindow, { service, position }: Place): Stop | undefined {
  const at = window.stops.findIndex((stop) => stop.service === service && stop.position === position);
  return at < 0 ? undefined : stopAt(window, countOf(window.older) + 1 + at);
}

/** How many events lie between the window and the index-th; 0 where the window holds it. */
export function distanceTo({ older, newer }: StopWindow, index: number): number {
  if (index > countOf(newer)) return index - countOf(newer);
  return Math.max(0, countOf(older) + 1 - index);
}
