/**
 * How the nonces of a template are cut into slices: 2^32 of its header, then those of the same block with its coinbase's
 * extra nonce rolled on, and so forth without a gap and without an overlap. How long a slice is, and how many are asked
 * for at once. Pure.
 */

export interface Slice {
  /** How often the extra nonce has been rolled on. */
  readonly roll: number;
  /** First nonce. */
  readonly from: number;
  /** Behind the last nonce, at most 2^32. */
  readonly to: number;
}

const NONCE_END = 2 ** 32;
const HASHES_END = 1n << 256n;
/** Short enough that a lost slice is no loss, long enough that taking it from the queue costs nothing beside it. */
const SLICE_SECONDS = 1;
/** While no worker has said how fast it is: a fraction of a second for any. */
const UNKNOWN_SLICE_NONCES = 2 ** 18;
const SHORTEST_SLICE_NONCES = 2 ** 14;
/** One that is searched and one that waits, so that no worker is ever idle. */
const SLICES_PER_WORKER = 2;
/** However many workers there are. */
const MAX_SLICES_OUT = 256;
/** A search that so many times the expected hashes have not ended is rare: one in fifty. */
const MARGIN = 4;

/** The slice that follows `last`, of `nonces` or as many as are left of the header. */
export function sliceBehind(last: Slice | undefined, nonces: number): Slice {
  const { roll, to } = last ?? { roll: 0, to: 0 };
  const [nextRoll, from] = to === NONCE_END ? [roll + 1, 0] : [roll, to];
  return { roll: nextRoll, from, to: Math.min(from + nonces, NONCE_END) };
}

/** How many nonces keep one of these workers busy for a second, the mean of what is known of them (hashes a second). */
export function sliceNonces(rates: readonly (number | null)[]): number {
  const known = rates.filter((rate) => rate !== null);
  if (known.length === 0) return UNKNOWN_SLICE_NONCES;
  const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length;
  return Math.min(Math.max(Math.round(mean * SLICE_SECONDS), SHORTEST_SLICE_NONCES), NONCE_END);
}

/** How many slices may be out at once: enough for all workers, but no more than the search is likely to need. */
export function slicesWanted(target: bigint, nonces: number, workers: number): number {
  const needed = Math.ceil((MARGIN * expectedHashes(target)) / nonces);
  return Math.min(needed, SLICES_PER_WORKER * Math.max(workers, 1), MAX_SLICES_OUT);
}

/** How many hashes a search for this target takes on the average. */
export function expectedHashes(target: bigint): number {
  return Number(HASHES_END / (target + 1n));
}

/** Of hashes as people see them, 64 hex digits each, the lowest; null where there is none. */
export function lowestHash(hashes: readonly (string | null)[]): string | null {
  const known = hashes.filter((hash) => hash !== null);
  return known.length === 0 ? null : known.reduce((lowest, hash) => (hash < lowest ? hash : lowest));
}

/** The compact target as Bitcoin writes it: 8 hex digits. */
export function bitsText(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}
