// A block that lacks nothing but its nonce: what a miner searches on.
// It trusts the order and the fees it is given; which transactions to take is the caller's choice.
import type { Address } from '@pocket/crypto';
import type { Block } from './block.ts';
import { createCoinbase, rollCoinbase } from './coinbase.ts';
import { firstBranch, merkleRoot, rootOfFirst } from './merkle.ts';
import type { NetworkParameters } from './network.ts';
import type { BlockHash } from './outpoint.ts';
import { scriptOfAddress } from './script.ts';
import { type Transaction, transactionSize, txidOf } from './transaction.ts';

/** A transaction with what its inputs exceed its outputs by, base units. */
export interface TransactionWithFee {
  readonly transaction: Transaction;
  readonly fee: bigint;
}

export interface TemplateRequest {
  readonly height: number;
  readonly previousBlockHash: BlockHash;
  readonly bits: number;
  /** Unix seconds; see `templateTime`. */
  readonly time: number;
  /** In the order in which they shall stand in the block; one that spends another's output comes behind it. */
  readonly transactions: readonly TransactionWithFee[];
  readonly payTo: Address;
  /** 8 bytes. */
  readonly extraNonce: Uint8Array;
  readonly params: NetworkParameters;
}

const BLOCK_VERSION = 0x20000000;
const HEADER_BYTES = 80;
const MAX_COUNT_BYTES = 5;
const P2PKH_SCRIPT_BYTES = 25;

/**
 * The block with nonce 0: the coinbase, paying subsidy and fees, then the transactions in their order up to the first
 * that does not fit into the block size.
 */
export function createBlockTemplate(request: TemplateRequest): Block {
  const included = request.transactions.slice(0, fittingCount(request));
  const fees = included.reduce((sum, { fee }) => sum + fee, 0n);
  const transactions = [coinbaseOf(request, fees), ...included.map(({ transaction }) => transaction)];
  const { previousBlockHash, bits, time } = request;
  const { root } = merkleRoot(transactions.map(txidOf));
  return {
    header: { version: BLOCK_VERSION, previousBlockHash, merkleRoot: root, time, bits, nonce: 0 },
    transactions,
  };
}

/**
 * Fresh nonces for a template whose 2^32 are used up: the same block with the extra nonce of its coinbase moved on by
 * `count`; 0 is the block itself. Only the coinbase's way up the Merkle tree is hashed anew.
 */
export function rollTemplate(template: Block): (count: number) => Block {
  const [coinbase, ...others] = template.transactions;
  if (coinbase === undefined) throw new RangeError('template: no coinbase');
  let branch: Uint8Array[] | undefined;
  return (count) => {
    if (count === 0) return template;
    branch ??= firstBranch(template.transactions.map(txidOf));
    const rolled = rollCoinbase(coinbase, count);
    const header = { ...template.header, merkleRoot: rootOfFirst(txidOf(rolled), branch) };
    return { header, transactions: [rolled, ...others] };
  };
}

/** The earliest time, in unix seconds, that is neither behind the clock nor refused as `time-too-old`. */
export function templateTime(now: number, medianTimePast: number): number {
  return Math.max(now, medianTimePast + 1);
}

function coinbaseOf(request: TemplateRequest, fees: bigint): Transaction {
  const { height, extraNonce, payTo, params } = request;
  const value = params.subsidy(height) + fees;
  return createCoinbase({ height, extraNonce, outputs: [{ value, scriptPubKey: scriptOfAddress(payTo, params) }] });
}

/** How many bytes a template has for transactions, beside its header and its coinbase, which pays one address. */
export function roomForTransactions(height: number, { maxBlockSizeBytes }: NetworkParameters): number {
  const outputs = [{ value: 0n, scriptPubKey: new Uint8Array(P2PKH_SCRIPT_BYTES) }];
  const coinbaseBytes = transactionSize(createCoinbase({ height, extraNonce: new Uint8Array(8), outputs }));
  return maxBlockSizeBytes - HEADER_BYTES - MAX_COUNT_BYTES - coinbaseBytes;
}

function fittingCount(request: TemplateRequest): number {
  let left = roomForTransactions(request.height, request.params);
  const firstTooMany = request.transactions.findIndex(({ transaction }) => {
    left -= transactionSize(transaction);
    return left < 0;
  });
  return firstTooMany === -1 ? request.transactions.length : firstTooMany;
}
