/** What `/v1/events` tells in pages, and one event by its place. The log has no moment: it holds all moments. */
import type { EventPage, WalletEvent, WatchedEvent } from '@pocket/contracts';
import { requestJson } from './request.ts';

type FailedPayment = Extract<WalletEvent, { type: 'PaymentFailed' }>['data'];
/** Others may have been refused meanwhile. */
const NEWEST = 50;

/** Lists are separated by commas; what is left out filters nothing. */
export interface EventQuestion {
  service?: string;
  type?: string;
  correlation?: string;
  causation?: string;
  /** A cursor; the page holds what is older, newest first. */
  before?: string;
  order?: 'asc' | 'desc';
  limit?: number;
}

export const events = (question: EventQuestion, signal?: AbortSignal): Promise<EventPage> =>
  requestJson('/v1/events', { query: { ...question }, signal });

/** Why the wallet refused the newest payment of these parties; undefined where it has refused none. */
export async function refusedPayment(from: string, to: string): Promise<{ code: string; message: string } | undefined> {
  const failed = await events({ service: 'wallet', type: 'PaymentFailed', order: 'desc', limit: NEWEST });
  const payments = failed.events.map(({ data }) => data as FailedPayment);
  return payments.find((payment) => payment.from === from && payment.to === to)?.reason;
}

/** One event with all of its data and its hash in the chain of its log's. */
export const event = (service: string, position: string, signal?: AbortSignal): Promise<WatchedEvent> =>
  requestJson(`/v1/events/${encodeURIComponent(service)}/${encodeURIComponent(position)}`, { signal });
