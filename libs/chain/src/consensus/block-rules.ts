// What makes a block valid before the coins are looked at, in Bitcoin's order and words. First what the block alone
// shows (Bitcoin Core, CheckBlock), then what the chain below it and the clock say (ContextualCheckBlockHeader and
// ContextualCheckBlock), which comes in as a context. The coins are connect.ts' part.
import { bytesToHex } from '@pocket/crypto';
import { type Block, type BlockHeader, blockHashOf, blockSize, encodeBlock } from '../block.ts';
import { coinbaseHeight, isCoinbase } from '../coinbase.ts';
import { merkleRoot } from '../merkle.ts';
import type { NetworkParameters } from '../network.ts';
import { type BlockHash, NULL_BLOCK_HASH, type Txid } from '../outpoint.ts';
import { ACCEPTED, type Accepted, type Rejection, inTransaction, reject } from '../rejection.ts';
import { hashMeetsTarget, targetFromBits } from '../target.ts';
import { txidOf } from '../transaction.ts';
import { MAX_BLOCK_SIGNATURE_OPERATIONS, signatureOperationsOf } from './signature-operations.ts';
import { checkFinal, checkTransaction, firstRejection } from './transaction-rules.ts';

/** What the chain below a block, and the clock, say about it. */
export interface BlockContext {
  /** The block's own height; 0 for genesis. */
  readonly height: number;
  /** The block it must build on; `NULL_BLOCK_HASH` for genesis. */
  readonly previousBlockHash: BlockHash;
  /** The compact target it must have. */
  readonly bits: number;
  /** Unix seconds, see `medianTimePast`; a genesis block's time may be below it. */
  readonly medianTimePast: number;
  /** Unix seconds. */
  readonly now: number;
}

const MEDIAN_TIME_SPAN = 11;
/** Since BIP 65; version bits come after it. */
const MIN_BLOCK_VERSION = 4;

/** The median of the last `span` block times, unix seconds, oldest first; 0 for none. A block's time must be above it. */
export function medianTimePast(times: readonly number[], span = MEDIAN_TIME_SPAN): number {
  const sorted = times.slice(-span).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** All rules of a block that needs no coins: by itself, its place, in its context. */
export function checkBlock(block: Block, context: BlockContext, params: NetworkParameters): Accepted | Rejection {
  return firstRejection(
    () => checkBlockAlone(block, params),
    () => checkPlace(block.header, context),
    () => checkBlockInContext(block, context, params),
  );
}

/**
 * The rules for which a block alone is enough: its proof of work, Merkle root, size, coinbase, every transaction.
 * Whoever has no parent for a block yet asks these before keeping it.
 */
export function checkBlockAlone(block: Block, params: NetworkParameters): Accepted | Rejection {
  if (isGenesis(block, params)) return ACCEPTED;
  return firstRejection(
    () => checkProofOfWork(block.header, params),
    () => checkBlockBody(block, params),
  );
}

/**
 * What `checkBlockAlone` asks behind the proof of work: for a block that is still to be mined (Bitcoin Core, CheckBlock
 * with fCheckPOW = false). Not for a network's own first block, which needs no rule.
 */
export function checkBlockBody(block: Block, params: NetworkParameters): Accepted | Rejection {
  return firstRejection(
    () => checkMerkleRoot(block),
    () => checkBlockSize(block, params),
    () => checkCoinbasePlace(block),
    () => checkEveryTransaction(block),
    () => checkSignatureOperations(block),
  );
}

/** The rules of a block at its place: its target, time, version, its transactions' finality and its coinbase's height. */
export function checkBlockInContext(
  block: Block,
  context: BlockContext,
  params: NetworkParameters,
): Accepted | Rejection {
  if (isGenesis(block, params)) return ACCEPTED;
  return firstRejection(
    () => checkGenesis(block.header, context, params),
    () => checkBits(block.header, context),
    () => checkTime(block.header, context, params),
    () => checkVersion(block.header, context),
    () => checkFinality(block, context),
    () => checkCoinbaseHeight(block, context),
  );
}

/** A network's own first block needs no rule: it is the one, byte for byte. */
function isGenesis(block: Block, { genesis }: NetworkParameters): boolean {
  if (genesis === null || block.header.previousBlockHash !== NULL_BLOCK_HASH) return false;
  return blockSize(block) * 2 === genesis.length && bytesToHex(encodeBlock(block)) === genesis;
}

function checkGenesis(
  header: BlockHeader,
  { height }: BlockContext,
  { name, genesis }: NetworkParameters,
): Accepted | Rejection {
  if (height > 0 || genesis === null) return ACCEPTED;
  const found = blockHashOf(header);
  const expected = `the first block of ${name}`;
  return reject('prev-blk-not-found', `the block ${found} has none before it and is not ${expected}`, {
    found,
    expected,
  });
}

function checkPlace(header: BlockHeader, context: BlockContext): Accepted | Rejection {
  const [found, expected] = [header.previousBlockHash, context.previousBlockHash];
  if (found === expected) return ACCEPTED;
  return reject('bad-prevblk', `the block builds on ${found}, the tip is ${expected}`, { found, expected });
}

/** As Bitcoin's CheckProofOfWork: a target that the network does not allow is as bad as a hash that misses it. */
function checkProofOfWork(header: BlockHeader, { powLimitBits }: NetworkParameters): Accepted | Rejection {
  const target = targetFromBits(header.bits);
  if (target === 0n || target > targetFromBits(powLimitBits)) {
    const [found, expected] = [bitsText(header.bits), `a target of at most ${bitsText(powLimitBits)}`];
    return reject('high-hash', `the block's bits are ${found}, expected is ${expected}`, { found, expected });
  }
  const found = blockHashOf(header);
  if (hashMeetsTarget(found, header.bits)) return ACCEPTED;
  const expected = `at most ${target.toString(16).padStart(64, '0')}`;
  return reject('high-hash', `the block hash is ${found}, its target allows ${expected}`, { found, expected });
}

function bitsText(bits: number): string {
  return `0x${bits.toString(16).padStart(8, '0')}`;
}

function checkMerkleRoot({ header, transactions }: Block): Accepted | Rejection {
  const txids = transactions.map(txidOf);
  const { root, mutated } = merkleRoot(txids);
  if (root !== header.merkleRoot) {
    const [found, expected] = [header.merkleRoot, root];
    const message = `the header's Merkle root is ${found}, the transactions' is ${expected}`;
    return reject('bad-txnmrklroot', message, { found, expected });
  }
  return mutated ? repeatedTransaction(txids) : ACCEPTED;
}

function repeatedTransaction(txids: readonly Txid[]): Rejection {
  const seen = new Set<Txid>();
  const transaction = txids.findIndex((txid) => seen.size === seen.add(txid).size);
  const [found, expected] = [txids[transaction] ?? '', 'every transaction once'];
  const message = `transaction ${transaction} is ${found} again, which the Merkle root does not show; expected is ${expected}`;
  return reject('bad-txns-duplicate', message, { found, expected, transaction });
}

function checkBlockSize(block: Block, { maxBlockSizeBytes }: NetworkParameters): Accepted | Rejection {
  if (block.transactions.length === 0) {
    const expected = 'at least 1';
    return reject('bad-blk-length', `the block has 0 transactions, it must have ${expected}`, { found: 0, expected });
  }
  const found = blockSize(block);
  if (found <= maxBlockSizeBytes) return ACCEPTED;
  const expected = `at most ${maxBlockSizeBytes}`;
  return reject('bad-blk-length', `the block has ${found} bytes, it may have ${expected}`, { found, expected });
}

function checkCoinbasePlace({ transactions }: Block): Accepted | Rejection {
  const [first] = transactions;
  if (first === undefined || !isCoinbase(first)) {
    const [found, expected] = [first === undefined ? 'nothing' : txidOf(first), 'a coinbase'];
    const message = `the block's first transaction is ${found}, which is not ${expected}`;
    return reject('bad-cb-missing', message, { found, expected, transaction: 0 });
  }
  const transaction = transactions.findIndex((candidate, index) => index > 0 && isCoinbase(candidate));
  const second = transactions[transaction];
  if (second === undefined) return ACCEPTED;
  const [found, expected] = [txidOf(second), 'one coinbase, in first place'];
  const message = `transaction ${transaction}, ${found}, is a coinbase too, expected is ${expected}`;
  return reject('bad-cb-multiple', message, { found, expected, transaction });
}

function checkEveryTransaction({ transactions }: Block): Accepted | Rejection {
  for (const [index, transaction] of transactions.entries()) {
    const answer = checkTransaction(transaction);
    if (!answer.ok) return inTransaction(index, answer);
  }
  return ACCEPTED;
}

function checkSignatureOperations({ transactions }: Block): Accepted | Rejection {
  const found = transactions.reduce((count, transaction) => count + signatureOperationsOf(transaction), 0);
  if (found <= MAX_BLOCK_SIGNATURE_OPERATIONS) return ACCEPTED;
  const expected = `at most ${MAX_BLOCK_SIGNATURE_OPERATIONS}`;
  const message = `the block's scripts hold ${found} signature operations, they may hold ${expected}`;
  return reject('bad-blk-sigops', message, { found, expected });
}

function checkBits(header: BlockHeader, context: BlockContext): Accepted | Rejection {
  if (header.bits === context.bits) return ACCEPTED;
  const [found, expected] = [bitsText(header.bits), bitsText(context.bits)];
  return reject('bad-diffbits', `the block's bits are ${found}, they must be ${expected}`, { found, expected });
}

function checkTime(header: BlockHeader, context: BlockContext, params: NetworkParameters): Accepted | Rejection {
  const found = header.time;
  if (context.height > 0 && found <= context.medianTimePast) {
    const expected = `above ${context.medianTimePast}`;
    const message = `the block's time is ${found}, the median time past demands one ${expected}`;
    return reject('time-too-old', message, { found, expected });
  }
  const latest = context.now + params.maxFutureBlockTimeSeconds;
  if (found <= latest) return ACCEPTED;
  const expected = `at most ${latest}`;
  return reject('time-too-new', `the block's time is ${found}, now it may be ${expected}`, { found, expected });
}

/** A chain's first block may have any version: Bitcoin's own have 1. */
function checkVersion({ version: found }: BlockHeader, { height }: BlockContext): Accepted | Rejection {
  if (height === 0 || found >= MIN_BLOCK_VERSION) return ACCEPTED;
  const expected = `at least ${MIN_BLOCK_VERSION}`;
  return reject('bad-version', `the block's version is ${found}, it must be ${expected}`, { found, expected });
}

function checkFinality({ transactions }: Block, context: BlockContext): Accepted | Rejection {
  for (const [index, transaction] of transactions.entries()) {
    const answer = checkFinal(transaction, context.height, context.medianTimePast);
    if (!answer.ok) return inTransaction(index, answer);
  }
  return ACCEPTED;
}

function checkCoinbaseHeight({ transactions: [coinbase] }: Block, { height }: BlockContext): Accepted | Rejection {
  const shown = coinbase && coinbaseHeight(coinbase);
  if (shown === height) return ACCEPTED;
  const found = shown ?? 'no height';
  const message = `the coinbase's script begins with ${found}, it must begin with the block's height ${height}`;
  return reject('bad-cb-height', message, { found, expected: height, transaction: 0 });
}
