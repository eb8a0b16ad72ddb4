/**
 * What every byte of a serialized header or transaction is: fields that follow each other without a gap. They are laid over
 * what the protocol library has decoded, so that nothing is parsed here a second time; only lengths are added up.
 */
import { isCoinbase, p2pkhHash, parseP2pkhScriptSig, type BlockHeader, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { signUnits } from '../../format/amount.ts';
import { ownerOfScript } from '../../format/owner.ts';

export const FIELD_KINDS = [
  ...(['blockVersion', 'previousBlock', 'merkleRoot', 'time', 'bits', 'nonce', 'transactionCount'] as const),
  ...(['version', 'inputCount', 'prevoutTxid', 'prevoutIndex', 'scriptLength', 'coinbaseScript'] as const),
  ...(['push', 'signature', 'hashType', 'publicKey', 'unknownScript', 'sequence', 'outputCount', 'value'] as const),
  ...(['lockOpcodes', 'publicKeyHash', 'unlockOpcodes', 'lockTime'] as const),
] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

export interface ByteField {
  kind: FieldKind;
  /** From the first byte of the whole. */
  start: number;
  length: number;
  /** What the bytes say, for people. */
  value: string;
  /** Of which input or output, from 0. */
  index?: number;
}

/** Lays fields one behind the other. */
class Layout {
  readonly fields: ByteField[] = [];
  #at = 0;

  add(kind: FieldKind, length: number, value: string | number, index?: number): this {
    const place = { kind, start: this.#at, length, value: String(value) };
    if (length > 0) this.fields.push(index === undefined ? place : { ...place, index });
    this.#at += length;
    return this;
  }

  /** A compact size: one byte, or a mark and two, four or eight. */
  count(kind: FieldKind, count: number, index?: number): this {
    return this.add(kind, compactSizeBytes(count), count, index);
  }
}

export function headerFields(header: BlockHeader): ByteField[] {
  const layout = new Layout()
    .add('blockVersion', 4, header.version)
    .add('previousBlock', 32, header.previousBlockHash)
    .add('merkleRoot', 32, header.merkleRoot)
    .add('time', 4, new Date(header.time * 1000).toISOString())
    .add('bits', 4, header.bits.toString(16).padStart(8, '0'))
    .add('nonce', 4, header.nonce);
  return layout.fields;
}

export function transactionFields(transaction: Transaction): ByteField[] {
  const layout = new Layout().add('version', 4, transaction.version);
  layout.count('inputCount', transaction.inputs.length);
  for (const [index, { prevout, scriptSig, sequence }] of transaction.inputs.entries()) {
    layout.add('prevoutTxid', 32, prevout.txid, index).add('prevoutIndex', 4, prevout.vout, index);
    layout.count('scriptLength', scriptSig.length, index);
    addScriptSig(layout, scriptSig, isCoinbase(transaction), index);
    layout.add('sequence', 4, `0x${sequence.toString(16).padStart(8, '0')}`, index);
  }
  layout.count('outputCount', transaction.outputs.length);
  for (const [index, { value, scriptPubKey }] of transaction.outputs.entries()) {
    layout.add('value', 8, signUnits(value), index).count('scriptLength', scriptPubKey.length, index);
    addScriptPubKey(layout, scriptPubKey, index);
  }
  return layout.add('lockTime', 4, transaction.lockTime).fields;
}

/**
 * The bytes that a signature signs: the transaction with one input's script replaced by that of the coin it spends and the
 * others empty, and the hash type behind it.
 */
export function preimageFields(seen: Transaction): ByteField[] {
  const fields = transactionFields(seen);
  const last = fields.at(-1);
  const start = last === undefined ? 0 : last.start + last.length;
  return [...fields, { kind: 'hashType', start, length: 4, value: 'SIGHASH_ALL' }];
}

function addScriptSig(layout: Layout, script: Uint8Array, coinbase: boolean, index: number): void {
  if (!coinbase && p2pkhHash(script) !== undefined) {
    addScriptPubKey(layout, script, index);
    return;
  }
  const signed = coinbase ? undefined : parseP2pkhScriptSig(script);
  if (signed === undefined) {
    layout.add(coinbase ? 'coinbaseScript' : 'unknownScript', script.length, bytesToHex(script), index);
    return;
  }
  const { signature, hashType, publicKey } = signed;
  layout.add('push', 1, signature.length + 1, index).add('signature', signature.length, bytesToHex(signature), index);
  layout.add('hashType', 1, hashType, index).add('push', 1, publicKey.length, index);
  layout.add('publicKey', publicKey.length, bytesToHex(publicKey), index);
}

function addScriptPubKey(layout: Layout, script: Uint8Array, index: number): void {
  const hash = p2pkhHash(script);
  if (hash === undefined) {
    layout.add('unknownScript', script.length, bytesToHex(script), index);
    return;
  }
  layout.add('lockOpcodes', 3, 'OP_DUP OP_HASH160 20', index);
  layout.add('publicKeyHash', hash.length, ownerOfScript(script) ?? '', index);
  layout.add('unlockOpcodes', 2, 'OP_EQUALVERIFY OP_CHECKSIG', index);
}

function compactSizeBytes(count: number): number {
  if (count < 0xfd) return 1;
  return count <= 0xffff ? 3 : 5;
}
