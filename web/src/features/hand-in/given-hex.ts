/** Hex as somebody gives it: what can be told wrong before it is sent, and a block's nonce set in it. Pure. */
import { decodeHeader, targetFromBits } from '@pocket/chain';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import type { Search } from '@pocket/pow';

export type HexFault = 'empty' | 'digits' | 'odd';

/** Without what a copy brings along: spaces and ends of lines. */
export const bareHex = (given: string): string => given.replace(/\s+/g, '').toLowerCase();

export function faultOf(hex: string): HexFault | undefined {
  if (hex === '') return 'empty';
  if (/[^0-9a-f]/.test(hex)) return 'digits';
  return hex.length % 2 === 0 ? undefined : 'odd';
}

const HEADER_DIGITS = 160;
const NONCE_AT = 76;
/** Half a second of WebAssembly; on `pocket` one in 4096 meets the target. */
const MOST_NONCES = 2 ** 20;

/** A nonce with which the block's hash meets the target that its header names; undefined where none is near. */
export function nonceThatMeets(blockHex: string, search: Search): number | undefined {
  const header = hexToBytes(blockHex.slice(0, HEADER_DIGITS));
  const decoded = decodeHeader(header);
  return decoded.ok ? search(header, targetFromBits(decoded.header.bits), 0, MOST_NONCES) : undefined;
}

export function withNonce(blockHex: string, nonce: number): string {
  const bytes = hexToBytes(blockHex);
  new DataView(bytes.buffer).setUint32(NONCE_AT, nonce, true);
  return bytesToHex(bytes);
}
