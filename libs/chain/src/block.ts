// A block, its 80-byte header and their bytes, as Bitcoin has them.
// The block hash is the header's hash alone; the Merkle root in it commits to the transactions.
import { displayHash, doubleSha256 } from '@pocket/crypto';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter, compactSizeBytes } from './byte-writer.ts';
import type { BlockHash } from './outpoint.ts';
import type { Rejection } from './rejection.ts';
import {
  MIN_TRANSACTION_BYTES,
  type Transaction,
  readTransaction,
  transactionSize,
  writeTransaction,
} from './transaction.ts';

export interface BlockHeader {
  /** int32. */
  readonly version: number;
  readonly previousBlockHash: BlockHash;
  /** Display order, 64 hex digits. */
  readonly merkleRoot: string;
  /** Unix seconds, uint32. */
  readonly time: number;
  /** The compact target, uint32. */
  readonly bits: number;
  /** uint32. */
  readonly nonce: number;
}

export interface Block {
  readonly header: BlockHeader;
  readonly transactions: readonly Transaction[];
}

const HEADER_BYTES = 80;

export type DecodedHeader = { readonly ok: true; readonly header: BlockHeader } | Rejection;
export type DecodedBlock = { readonly ok: true; readonly block: Block } | Rejection;

/** The header's 80 bytes. */
export function encodeHeader(header: BlockHeader): Uint8Array {
  const writer = new ByteWriter(HEADER_BYTES);
  writeHeader(writer, header);
  return writer.bytes();
}

/** The header in these 80 bytes; `header-decode-failed` for any other length. Never throws. */
export function decodeHeader(bytes: Uint8Array): DecodedHeader {
  const reader = new ByteReader(bytes);
  const header = readHeader(reader);
  const refusal = reader.end('header-decode-failed', 'this is no header');
  if (refusal !== undefined) return refusal;
  return { ok: true, header };
}

/** The double SHA-256 of the header's 80 bytes, in display order. */
export function blockHashOf(header: BlockHeader): BlockHash {
  return displayHash(doubleSha256(encodeHeader(header))) as BlockHash;
}

/** How many bytes `encodeBlock` makes, without making them. */
export function blockSize({ transactions }: Block): number {
  return transactions.reduce(
    (size, transaction) => size + transactionSize(transaction),
    HEADER_BYTES + compactSizeBytes(transactions.length),
  );
}

/** The block's bytes: header, count, transactions. */
export function encodeBlock(block: Block): Uint8Array {
  const writer = new ByteWriter(blockSize(block));
  writeHeader(writer, block.header);
  writer.compactSize(block.transactions.length);
  for (const transaction of block.transactions) writeTransaction(writer, transaction);
  return writer.bytes();
}

/** The block in these bytes, all of them; `block-decode-failed` for any others. Never throws. */
export function decodeBlock(bytes: Uint8Array): DecodedBlock {
  const reader = new ByteReader(bytes);
  const header = readHeader(reader);
  const transactions = reader.list(MIN_TRANSACTION_BYTES, readTransaction);
  const refusal = reader.end('block-decode-failed', 'this is no block');
  if (refusal !== undefined) return refusal;
  return { ok: true, block: { header, transactions } };
}

function writeHeader(writer: ByteWriter, header: BlockHeader): void {
  writer.uint32(header.version).hash(header.previousBlockHash).hash(header.merkleRoot);
  writer.uint32(header.time).uint32(header.bits).uint32(header.nonce);
}

function readHeader(reader: ByteReader): BlockHeader {
  return {
    version: reader.int32(),
    previousBlockHash: reader.hash() as BlockHash,
    merkleRoot: reader.hash(),
    time: reader.uint32(),
    bits: reader.uint32(),
    nonce: reader.uint32(),
  };
}
