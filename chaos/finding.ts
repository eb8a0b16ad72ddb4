/** What the judge says of one invariant: how much was looked at, and what of it is broken. */

export interface Breach {
  /** With the txids, positions or heights in question. */
  readonly text: string;
  /** When it came about, where that can be told, unix milliseconds. */
  readonly atMs?: number | undefined;
}

export interface Finding {
  /** Short, in kebab-case. */
  readonly invariant: string;
  /** What must be true, as a sentence. */
  readonly says: string;
  /** How many things were looked at. */
  readonly count: number;
  /** What the count is made of, for people. */
  readonly detail: string;
  readonly breaches: readonly Breach[];
}

export function isBroken({ breaches }: Finding): boolean {
  return breaches.length > 0;
}

/** Breaches without a time. */
export function breachesOf(texts: readonly string[]): Breach[] {
  return texts.map((text) => ({ text }));
}
