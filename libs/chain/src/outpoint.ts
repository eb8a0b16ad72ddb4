// Names of things on the chain: transactions, blocks, outputs.
// Hashes are kept in display order (byte-reversed hex), the form in which people, APIs and tables know them.
import { isHex } from '@pocket/crypto';

/** A transaction's id: its double SHA-256 in display order, 64 lower-case hex digits. */
export type Txid = string & { readonly __brand: 'Txid' };

/** A block's id: its header's double SHA-256 in display order, 64 lower-case hex digits. */
export type BlockHash = string & { readonly __brand: 'BlockHash' };

/** One output of one transaction. */
export interface Outpoint {
  readonly txid: Txid;
  /** The output's index, uint32. */
  readonly vout: number;
}

/** The txid in a coinbase's input. */
export const NULL_TXID = '00'.repeat(32) as Txid;
/** The output index in a coinbase's input. */
export const NULL_VOUT = 0xffffffff;
export const NULL_OUTPOINT: Outpoint = { txid: NULL_TXID, vout: NULL_VOUT };
/** What a genesis block names as the block before it. */
export const NULL_BLOCK_HASH = '00'.repeat(32) as BlockHash;

/** `txid:vout`, unique for an output: a key for maps and tables. */
export function outpointKey(outpoint: Outpoint): string {
  return `${outpoint.txid}:${outpoint.vout}`;
}

/** True for the outpoint of a coinbase's input. */
export function isNullOutpoint(outpoint: Outpoint): boolean {
  return outpoint.vout === NULL_VOUT && outpoint.txid === NULL_TXID;
}

/** True for 64 lower-case hex digits. */
export function isTxid(text: string): text is Txid {
  return isLowerCaseHash(text);
}

/** True for 64 lower-case hex digits. */
export function isBlockHash(text: string): text is BlockHash {
  return isLowerCaseHash(text);
}

function isLowerCaseHash(text: string): boolean {
  return isHex(text, 32) && text === text.toLowerCase();
}
