// What makes a header and a block valid before the coins are looked at, in Bitcoin's words
// (Bitcoin Core, CheckBlock and ContextualCheckBlock). What the chain knows comes in as a context.
// Bitcoin's version rules are left out: every rule is in force from height 0.
import { type Block, type BlockHeader, blockHashOf, encodeBlock } from '../block.ts';
import { coinbaseHeight, isCoinbase } from '../coinbase.ts';
import { merkleRoot } from '../merkle.ts';
import type { NetworkParameters } from '../network.ts';
import type { BlockHash } from '../outpoint.ts';
import { ACCEPTED, type Accepted, type Rejection, reject } from '../rejection.ts';
import { hashMeetsTarget, targetFromBits } from '../target.ts';
import { type Transaction, txidOf } from '../transaction.ts';
import { checkTransaction, firstRejection, isFinal } from './transaction-rules.ts';

/** What the chain below a block, and the clock, say about it. */
export interface BlockContext {
  /** The block's own height; 0 for genesis. */
  readonly height: number;
  /** The tip it must build on; `NULL_BLOCK_HASH` for genesis. */
  readonly previousBlockHash: BlockHash;
  /** The compact target it must have. */
  readonly bits: number;
  /** Unix seconds, see `medianTimePast`; not looked at for genesis. */
  readonly medianTimePast: number;
  /** Unix seconds. */
  readonly now: number;
}

const MEDIAN_TIME_SPAN = 11;

/** The median of the last `span` block times, unix seconds, oldest first; 0 for none. A block's time must be above it. */
export function medianTimePast(times: readonly number[], span = MEDIAN_TIME_SPAN): number {
  const sorted = times.slice(-span).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The rules of a header in its context: its place, its target, its proof of work, its time. */
export function checkHeader(
  header: BlockHeader,
  context: BlockContext,
  params: NetworkParameters,
): Accepted | Rejection {
  if (header.previousBlockHash !== context.previousBlockHash) {
    const message = `the block builds on ${header.previousBlockHash}, the tip is ${context.previousBlockHash}`;
    return reject('bad-prevblk', message, { previousBlockHash: header.previousBlockHash });
  }
  return firstRejection(
    () => checkProofOfWork(header, context),
    () => checkTime(header, context, params),
  );
}

/**
 * All rules of a block that need no coins: its header, its Merkle root, its size, its coinbase and each transaction
 * by itself. `connectBlock` checks the rest.
 */
export function checkBlock(block: Block, context: BlockContext, params: NetworkParameters): Accepted | Rejection {
  return firstRejection(
    () => checkHeader(block.header, context, params),
    () => checkMerkleRoot(block),
    () => checkBlockSize(block, params),
    () => checkCoinbasePlace(block),
    () => firstRejection(...block.transactions.map((transaction) => () => checkTransaction(transaction))),
    () => checkFinality(block, context),
    () => checkCoinbaseHeight(block, context),
  );
}

function checkProofOfWork(header: BlockHeader, context: BlockContext): Accepted | Rejection {
  if (header.bits !== context.bits) {
    const message = `the block's bits are 0x${header.bits.toString(16)}, they must be 0x${context.bits.toString(16)}`;
    return reject('bad-diffbits', message, { bits: header.bits, expectedBits: context.bits });
  }
  const blockHash = blockHashOf(header);
  if (hashMeetsTarget(blockHash, header.bits)) return ACCEPTED;
  const target = targetFromBits(header.bits).toString(16).padStart(64, '0');
  return reject('high-hash', `the block hash ${blockHash} is above the target ${target}`, { blockHash, target });
}

function checkTime(header: BlockHeader, context: BlockContext, params: NetworkParameters): Accepted | Rejection {
  const { time } = header;
  if (context.height > 0 && time <= context.medianTimePast) {
    const message = `the block's time ${time} must be above the median time past ${context.medianTimePast}`;
    return reject('time-too-old', message, { time, medianTimePast: context.medianTimePast });
  }
  const latest = context.now + params.maxFutureBlockTimeSeconds;
  if (time <= latest) return ACCEPTED;
  return reject('time-too-new', `the block's time ${time} is above ${latest}, the latest allowed now`, {
    time,
    latest,
  });
}

function checkMerkleRoot(block: Block): Accepted | Rejection {
  const { root, mutated } = merkleRoot(block.transactions.map(txidOf));
  if (root !== block.header.merkleRoot) {
    const message = `the header's Merkle root is ${block.header.merkleRoot}, the transactions' is ${root}`;
    return reject('bad-txnmrklroot', message, { merkleRoot: block.header.merkleRoot, expectedMerkleRoot: root });
  }
  if (!mutated) return ACCEPTED;
  return reject('bad-txns-duplicate', 'the block repeats transactions in a way its Merkle root does not show');
}

function checkBlockSize(block: Block, { maxBlockSizeBytes }: NetworkParameters): Accepted | Rejection {
  const size = encodeBlock(block).length;
  if (block.transactions.length > 0 && size <= maxBlockSizeBytes) return ACCEPTED;
  const message = `the block has ${block.transactions.length} transactions and ${size} bytes, it must have at least 1 and at most ${maxBlockSizeBytes}`;
  return reject('bad-blk-length', message, { size, maxBlockSizeBytes });
}

function checkCoinbasePlace({ transactions: [first, ...others] }: Block): Accepted | Rejection {
  if (first === undefined || !isCoinbase(first)) {
    return reject('bad-cb-missing', "the block's first transaction is not a coinbase, it must be");
  }
  const index = others.findIndex(isCoinbase);
  if (index === -1) return ACCEPTED;
  const message = `transaction ${index + 1} is a coinbase too, only the first may be`;
  return reject('bad-cb-multiple', message, { transaction: index + 1 });
}

function checkFinality(block: Block, context: BlockContext): Accepted | Rejection {
  const waits = (transaction: Transaction) => !isFinal(transaction, context.height, context.medianTimePast);
  const index = block.transactions.findIndex(waits);
  const transaction = block.transactions[index];
  if (transaction === undefined) return ACCEPTED;
  const message = `transaction ${index} is locked until ${transaction.lockTime}, the block is at height ${context.height} and median time past ${context.medianTimePast}`;
  return reject('bad-txns-nonfinal', message, { transaction: index, lockTime: transaction.lockTime });
}

function checkCoinbaseHeight({ transactions: [coinbase] }: Block, { height }: BlockContext): Accepted | Rejection {
  const shown = coinbase && coinbaseHeight(coinbase);
  if (shown === height) return ACCEPTED;
  const message = `the coinbase's script begins with ${shown === undefined ? 'no height' : `height ${shown}`}, the block's is ${height}`;
  return reject('bad-cb-height', message, { height });
}
