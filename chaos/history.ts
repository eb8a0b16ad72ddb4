/**
 * What the clients asked for and what they were told. A call without an answer may have happened or not: it is unknown,
 * and the judge believes neither.
 */

export type CallKind = 'send' | 'transaction' | 'mine' | 'block' | 'invalidate' | 'reconsider';

export type Outcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

/** One thing asked for; each transaction of an array is one. */
export interface Call {
  readonly kind: CallKind;
  /** Of the request; the events that follow from it carry it. */
  readonly correlationId: string;
  /** Where it is known before: a payment by a wallet of the system has none. */
  readonly txid: string | undefined;
  /** When it was asked for, unix milliseconds. */
  readonly atMs: number;
  /** undefined without an answer. */
  readonly status: number | undefined;
  readonly outcome: Outcome;
}

export class History {
  readonly calls: Call[] = [];
  readonly #name: string;
  #requests = 0;

  /** @param name tells the requests of this run from all others. */
  constructor(name: string) {
    this.#name = name;
  }

  nextCorrelationId(): string {
    return `${this.#name}-${++this.#requests}`;
  }

  record(call: Call): void {
    this.calls.push(call);
  }
}

/** How many calls had each outcome. */
export function countOutcomes(calls: readonly Call[]): Record<Outcome['kind'], number> {
  const counts = { accepted: 0, refused: 0, unknown: 0 };
  for (const { outcome } of calls) counts[outcome.kind]++;
  return counts;
}
