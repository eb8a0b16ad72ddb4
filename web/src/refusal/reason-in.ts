/** Why something was refused, as events and invalid blocks keep it, where the catalogue has its code. Pure. */
import { sectionOf } from './refusal-codes.ts';

export interface Reason {
  code: string;
  message: string;
}

/** The reason in an event's data; undefined where there is none, or one that refuses nothing, such as a new mode. */
export function reasonIn(data: unknown): Reason | undefined {
  if (typeof data !== 'object' || data === null || !('reason' in data)) return undefined;
  const reason = data.reason as Reason;
  return sectionOf(reason.code) === undefined ? undefined : reason;
}
