/*
 * A search that also tells the best hash it met. It asks for a nonce that beats the best one so far instead of the target:
 * of n hashes about ln(n) do, so that a kernel is interrupted a dozen times in a slice and does everything else as before.
 */
import { littleEndian, nonceHasher } from './reference.ts';
import type { Search } from './search.ts';

export interface BestNonce {
  readonly nonce: number;
  /** The double SHA-256 of the header with it, as a number. */
  readonly hash: bigint;
}

export interface BestSearched {
  /** The smallest nonce in the range that meets the target; `undefined` where there is none, or the search was stopped. */
  readonly found: number | undefined;
  /** The nonce of the lowest hash met, those before this range among them; `undefined` for an empty range. */
  readonly best: BestNonce | undefined;
}

/**
 * As `search`, from what had been the best before this range. `onRecord` is told of each nonce that is better than all
 * before it, the one that is found among them.
 */
export function searchWithBest(
  search: Search,
  [header, target, from, to, shouldStop]: Parameters<Search>,
  before?: BestNonce,
  onRecord: (record: BestNonce) => void = () => undefined,
): BestSearched {
  const hashOf = nonceHasher(header);
  let best = before;
  for (let start = from; start < to;) {
    const nonce = search(header, limitBelow(best, target), start, to, shouldStop);
    if (nonce === undefined) break;
    best = { nonce, hash: littleEndian(hashOf(nonce)) };
    onRecord(best);
    if (best.hash <= target) return { found: nonce, best };
    start = nonce + 1;
  }
  return { found: undefined, best };
}

const HIGHEST = (1n << 256n) - 1n;

function limitBelow(best: BestNonce | undefined, target: bigint): bigint {
  if (best === undefined) return HIGHEST;
  return best.hash > target ? best.hash - 1n : target;
}
