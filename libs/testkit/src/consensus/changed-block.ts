/**
 * Blocks with exactly one thing changed, and mined again where the change allows it, so that no other rule is broken.
 * A block keeps the height it was made for.
 */
import {
  blockHashOf,
  createCoinbase,
  hashMeetsTarget,
  merkleRoot,
  txidOf,
  type Block,
  type BlockHeader,
  type Transaction,
} from '@pocket/chain';
import { placed, type PlacedBlock } from './branch.ts';

/** Far more than the two that a block of the regression test network takes. */
const MAX_NONCE = 1000;

/** Another header, with proof of work for the target it names. */
export function withHeader({ block, height }: PlacedBlock, changes: Partial<BlockHeader>): PlacedBlock {
  return placed(searched({ ...block, header: { ...block.header, ...changes } }, true), height);
}

/** Other bits that no hash can meet, or every hash does. */
export function withBits({ block, height }: PlacedBlock, bits: number): PlacedBlock {
  return placed({ ...block, header: { ...block.header, bits } }, height);
}

/** A header that misses its target. */
export function withoutWork({ block, height }: PlacedBlock): PlacedBlock {
  return placed(searched(block, false), height);
}

/** The same header over other transactions. */
export function withBody({ block, height }: PlacedBlock, transactions: readonly Transaction[]): PlacedBlock {
  return placed({ ...block, transactions }, height);
}

/** Other transactions, with the Merkle root and proof of work to match. */
export function withTransactions({ block, height }: PlacedBlock, transactions: readonly Transaction[]): PlacedBlock {
  const { root } = merkleRoot(transactions.map(txidOf));
  return placed(searched({ header: { ...block.header, merkleRoot: root }, transactions }, true), height);
}

/** The good block's coinbase, then these transactions, whatever they are. */
export function withPayments(good: PlacedBlock, ...payments: readonly Transaction[]): PlacedBlock {
  return withTransactions(good, [coinbaseOf(good), ...payments]);
}

/** Another coinbase before the same transactions. */
export function withCoinbase(good: PlacedBlock, change: (coinbase: Transaction) => Transaction): PlacedBlock {
  return withTransactions(good, [change(coinbaseOf(good)), ...good.block.transactions.slice(1)]);
}

/** A coinbase that pays so much. */
export function withReward(good: PlacedBlock, value: bigint): PlacedBlock {
  return withCoinbase(good, (coinbase) => ({
    ...coinbase,
    outputs: coinbase.outputs.map((output) => ({ ...output, value })),
  }));
}

/** A coinbase with this script. */
export function withCoinbaseScript(good: PlacedBlock, scriptSig: Uint8Array): PlacedBlock {
  return withCoinbase(good, (coinbase) => ({
    ...coinbase,
    inputs: coinbase.inputs.map((input) => ({ ...input, scriptSig })),
  }));
}

/** A coinbase that names a height. */
export function withCoinbaseHeight(good: PlacedBlock, height: number): PlacedBlock {
  return withCoinbase(good, ({ outputs }) => createCoinbase({ height, extraNonce: new Uint8Array(8), outputs }));
}

/** A block's first transaction. */
export function coinbaseOf(block: PlacedBlock): Transaction {
  return transactionAt(block, 0);
}

/** The transaction at an index, which the block must have. */
export function transactionAt({ block }: PlacedBlock, index: number): Transaction {
  const transaction = block.transactions[index];
  if (transaction === undefined) throw new Error(`the block has no transaction ${index}`);
  return transaction;
}

function searched({ header, transactions }: Block, meets: boolean): Block {
  for (let nonce = 0; nonce < MAX_NONCE; nonce++) {
    const candidate = { ...header, nonce };
    if (hashMeetsTarget(blockHashOf(candidate), header.bits) === meets) return { header: candidate, transactions };
  }
  throw new Error(`no nonce below ${MAX_NONCE}`);
}
