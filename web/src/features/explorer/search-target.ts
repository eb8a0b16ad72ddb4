/** What a searched text can be: a height, a hash of 64 digits (a block's or a transaction's), an address. Pure. */
import { ADDRESS_VERSION } from '@pocket/chain';
import { decodeAddress } from '@pocket/crypto';

export type SearchTarget =
  | { kind: 'height'; height: number }
  | { kind: 'hash'; hash: string }
  | { kind: 'address'; address: string }
  /** `why` is the library's sentence where it looks like an address that is wrong. */
  | { kind: 'nothing'; why?: string };

const MAX_HEIGHT = 2 ** 31 - 1;
const ADDRESS_LIKE = /^[1-9A-HJ-NP-Za-km-z]{25,40}$/;

export function searchTarget(searched: string): SearchTarget {
  const text = searched.trim();
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_HEIGHT) return { kind: 'height', height: Number(text) };
  if (/^[0-9a-f]{64}$/i.test(text)) return { kind: 'hash', hash: text.toLowerCase() };
  const decoded = decodeAddress(text, ADDRESS_VERSION);
  if (decoded.ok) return { kind: 'address', address: decoded.address };
  return ADDRESS_LIKE.test(text) ? { kind: 'nothing', why: decoded.message } : { kind: 'nothing' };
}
