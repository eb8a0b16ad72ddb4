/** How fast a worker is, by the slices it has searched: smoothed, because a neighbour's work comes and goes. Pure. */

/** What a slice, or a part of it, has taken. */
export interface Effort {
  readonly hashes: number;
  readonly ms: number;
}

/** The weight of the newest slice; of what was ten slices ago a thirtieth is left. */
const NEWEST = 0.3;
/** What was shorter is mostly the way to the threads and back. */
const SHORTEST_MS = 20;

/** Hashes a second; null as long as nothing long enough was searched. */
export function smoothedRate(rate: number | null, { hashes, ms }: Effort): number | null {
  if (ms < SHORTEST_MS || hashes === 0) return rate;
  const newest = (hashes * 1_000) / ms;
  return rate === null ? newest : rate + NEWEST * (newest - rate);
}
