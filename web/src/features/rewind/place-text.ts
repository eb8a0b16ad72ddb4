/** An event as the address names it: `chainstate:42`. Pure. */
import { isEventSource } from '@pocket/contracts';
import type { Place } from './cursor.ts';

/** Before all events. */
export const BEFORE_ALL = 'chainstate:0';

export const placeText = ({ service, position }: Place): string => `${service}:${position}`;

/** Undefined where the address names no event; position 0 is before all of them. */
export function placeIn(atEvent: string): Place | undefined {
  const [, service = '', digits = ''] = /^([a-z-]+):(\d{1,15})$/.exec(atEvent) ?? [];
  return isEventSource(service) ? { service, position: Number(digits) } : undefined;
}
