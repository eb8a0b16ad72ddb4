// A transaction and its bytes: Bitcoin's serialization without witness.
// Decoding accepts any values the format can hold; ranges are checked by consensus/transaction-rules.ts.
import { displayHash, doubleSha256 } from '@pocket/crypto';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter, compactSizeBytes, sizedBytes } from './byte-writer.ts';
import type { Outpoint, Txid } from './outpoint.ts';
import type { Rejection } from './rejection.ts';

export interface TransactionInput {
  readonly prevout: Outpoint;
  readonly scriptSig: Uint8Array;
  /** uint32; 0xffffffff in all inputs switches the lock time off. */
  readonly sequence: number;
}

export interface TransactionOutput {
  /** Base units; int64 in the format. */
  readonly value: bigint;
  readonly scriptPubKey: Uint8Array;
}

export interface Transaction {
  /** uint32. */
  readonly version: number;
  readonly inputs: readonly TransactionInput[];
  readonly outputs: readonly TransactionOutput[];
  /** uint32: a height below 500,000,000, unix seconds from there on, 0 for none. */
  readonly lockTime: number;
}

export type DecodedTransaction = { readonly ok: true; readonly transaction: Transaction } | Rejection;

/** The sequence of an input that asks for nothing. */
export const FINAL_SEQUENCE = 0xffffffff;
/** Version, two counts, lock time: what a transaction takes at the least. */
export const MIN_TRANSACTION_BYTES = 10;
const MIN_INPUT_BYTES = 41;
const MIN_OUTPUT_BYTES = 9;
const VERSION_AND_LOCK_TIME_BYTES = 8;
const OUTPOINT_AND_SEQUENCE_BYTES = 40;
const VALUE_BYTES = 8;
const txids = new WeakMap<Transaction, Txid>();

/** The transaction's bytes. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  const writer = new ByteWriter(transactionSize(transaction));
  writeTransaction(writer, transaction);
  return writer.bytes();
}

/** Behind the version stand a marker and a flag (BIP 144); without witness it would be a transaction without inputs. */
function hasWitness(bytes: Uint8Array): boolean {
  return bytes[4] === 0 && bytes[5] === 1;
}

/** The transaction in these bytes, all of them; `tx-decode-failed` for any others. Never throws. */
export function decodeTransaction(bytes: Uint8Array): DecodedTransaction {
  const reader = new ByteReader(bytes);
  const transaction = readTransaction(reader);
  if (reader.remaining > 0 && hasWitness(bytes))
    reader.fail('witness data (BIP 144)', 'the serialization without witness');
  const refusal = reader.end('tx-decode-failed', 'this is no transaction');
  if (refusal !== undefined) return refusal;
  return { ok: true, transaction };
}

/**
 * The double SHA-256 of the transaction's bytes, in display order. Computed once for an object: transactions do not
 * change, neither they nor the bytes in them.
 */
export function txidOf(transaction: Transaction): Txid {
  return txids.get(transaction) ?? rememberTxid(transaction, encodeTransaction(transaction));
}

/** How many bytes `encodeTransaction` makes, without making them. */
export function transactionSize({ inputs, outputs }: Transaction): number {
  let size = VERSION_AND_LOCK_TIME_BYTES + compactSizeBytes(inputs.length) + compactSizeBytes(outputs.length);
  for (const { scriptSig } of inputs) size += OUTPOINT_AND_SEQUENCE_BYTES + sizedBytes(scriptSig);
  for (const { scriptPubKey } of outputs) size += VALUE_BYTES + sizedBytes(scriptPubKey);
  return size;
}

/** Writes a transaction where a block or another structure holds it. */
export function writeTransaction(writer: ByteWriter, transaction: Transaction): void {
  writer.uint32(transaction.version).compactSize(transaction.inputs.length);
  for (const { prevout, scriptSig, sequence } of transaction.inputs) {
    writer.hash(prevout.txid).uint32(prevout.vout).sized(scriptSig).uint32(sequence);
  }
  writer.compactSize(transaction.outputs.length);
  for (const { value, scriptPubKey } of transaction.outputs) writer.int64(value).sized(scriptPubKey);
  writer.uint32(transaction.lockTime);
}

/** Reads a transaction from a structure that holds it; worth something only when the reader has no failure. */
export function readTransaction(reader: ByteReader): Transaction {
  const start = reader.position;
  const transaction = {
    version: reader.uint32(),
    inputs: reader.list(MIN_INPUT_BYTES, readInput),
    outputs: reader.list(MIN_OUTPUT_BYTES, readOutput),
    lockTime: reader.uint32(),
  };
  if (reader.failure === undefined) rememberTxid(transaction, reader.since(start));
  return transaction;
}

/** Whoever reads a transaction asks for its id next, and here its bytes are still at hand. */
function rememberTxid(transaction: Transaction, bytes: Uint8Array): Txid {
  const txid = displayHash(doubleSha256(bytes)) as Txid;
  txids.set(transaction, txid);
  return txid;
}

function readInput(reader: ByteReader): TransactionInput {
  return {
    prevout: { txid: reader.hash() as Txid, vout: reader.uint32() },
    scriptSig: reader.sized(),
    sequence: reader.uint32(),
  };
}

function readOutput(reader: ByteReader): TransactionOutput {
  return { value: reader.int64(), scriptPubKey: reader.sized() };
}
