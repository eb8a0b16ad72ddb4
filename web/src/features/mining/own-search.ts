/**
 * The page's own search for a nonce, step by step: how far it is, the best hash, each record on the way, and the hashes
 * tried last. It knows no thread and no clock; `search-worker.ts` has both.
 */
import { searchWithBest, type BestNonce, type NonceSearch } from '@pocket/pow';
import { displayHash, doubleSha256 } from '@pocket/crypto';

export interface TriedHash {
  nonce: number;
  /** 64 hex digits, as people see it. */
  hash: string;
}

/** A hash that is better than all before it, and how many had been tried with it. */
export interface HashRecord extends TriedHash {
  hashes: number;
}

export interface SearchStep {
  hashes: number;
  best: TriedHash | undefined;
  /** Those of this step. */
  records: HashRecord[];
  /** The last hashes of this step, oldest first. */
  tried: TriedHash[];
  found: TriedHash | undefined;
  /** Whether all nonces of the header have been tried. */
  exhausted: boolean;
}

const NONCE_END = 2 ** 32;
const NONCE_OFFSET = 76;
const SHOWN_TRIED = 8;

/** @param target 64 hex digits. Each call of what is returned tries so many nonces more, fewer where one is found. */
export function createOwnSearch(
  { search }: Pick<NonceSearch, 'search'>,
  header: Uint8Array,
  target: string,
  firstNonce = 0,
): (count: number) => SearchStep {
  const limit = BigInt(`0x${target}`);
  let next = firstNonce;
  let best: BestNonce | undefined;
  return (count) => {
    const [from, to] = [next, Math.min(next + count, NONCE_END)];
    const records: HashRecord[] = [];
    const note = (record: BestNonce) => records.push({ ...textOf(record), hashes: record.nonce - firstNonce + 1 });
    const searched = searchWithBest(search, [header, limit, from, to], best, note);
    best = searched.best;
    next = searched.found === undefined ? to : searched.found + 1;
    return {
      hashes: next - firstNonce,
      best: best && textOf(best),
      records,
      tried: lastTried(header, from, next),
      found: searched.found === undefined || best === undefined ? undefined : textOf(best),
      exhausted: next === NONCE_END,
    };
  };
}

function lastTried(header: Uint8Array, from: number, to: number): TriedHash[] {
  const first = Math.max(from, to - SHOWN_TRIED);
  return Array.from({ length: to - first }, (_, index) => triedHash(header, first + index));
}

/** The header's hash with a nonce, by the definition: SHA-256 twice over all 80 bytes. */
export function triedHash(header: Uint8Array, nonce: number): TriedHash {
  const bytes = Uint8Array.from(header);
  new DataView(bytes.buffer).setUint32(NONCE_OFFSET, nonce, true);
  return { nonce, hash: displayHash(doubleSha256(bytes)) };
}

const textOf = ({ nonce, hash }: BestNonce): TriedHash => ({ nonce, hash: hash.toString(16).padStart(64, '0') });
