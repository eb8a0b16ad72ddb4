/**
 * Which of the pool's transactions a block takes. The pool has the say; only what the chainstate has refused in a block
 * of this order stays out, so that one bad transaction cannot keep all others from being mined. Pure.
 */
import {
  decodeTransaction,
  MAX_BLOCK_SIGNATURE_OPERATIONS,
  txidOf,
  type Block,
  type NetworkParameters,
  type Transaction,
  type TransactionWithFee,
} from '@pocket/chain';
import type { CandidateTransactions, RefusalDetails } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';

/** What a block is asked for, so that its header, the count and a coinbase fit beside it. */
export interface Budget {
  maxSizeBytes: number;
  maxSignatureOperations: number;
}

/** For the header, the count and a coinbase that an outside miner may make longer. */
const RESERVED_BYTES = 1_000;
/** For the coinbase, which an outside miner may let pay many (as Bitcoin Core keeps it). */
const RESERVED_SIGNATURE_OPERATIONS = 100;

export function budgetOf({ maxBlockSizeBytes }: NetworkParameters): Budget {
  return {
    maxSizeBytes: maxBlockSizeBytes - RESERVED_BYTES,
    maxSignatureOperations: MAX_BLOCK_SIGNATURE_OPERATIONS - RESERVED_SIGNATURE_OPERATIONS,
  };
}

export interface Candidate extends TransactionWithFee {
  readonly txid: string;
  readonly hex: string;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

/** Throws an Error when the pool offers bytes that are no transaction, which no input from outside can bring about. */
export function candidatesOf({ transactions }: Pick<CandidateTransactions, 'transactions'>): Candidate[] {
  return transactions.map(({ txid, hex, fee, receivedAt }) => ({
    txid,
    hex,
    transaction: readTransaction(txid, hex),
    fee: BigInt(fee),
    receivedAt,
  }));
}

/** The first `limit` candidates that were not refused and spend nothing of one that was. */
export function takeCandidates(candidates: Candidate[], refused: ReadonlySet<string>, limit: number): Candidate[] {
  const out = new Set(refused);
  const taken = candidates.filter(({ txid, transaction }) => {
    const allowed = !out.has(txid) && !transaction.inputs.some(({ prevout }) => out.has(prevout.txid));
    if (!allowed) out.add(txid);
    return allowed;
  });
  return taken.slice(0, limit);
}

/**
 * The transaction that a refusal of the block names by its place in it (`transaction`); undefined when it names none, or
 * only the coinbase.
 */
export function refusedTransaction({ transactions }: Block, details: RefusalDetails = {}): string | undefined {
  const place = Number(details['transaction'] ?? 0);
  const transaction = place === 0 ? undefined : transactions[place];
  return transaction && txidOf(transaction);
}

function readTransaction(txid: string, hex: string): Transaction {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`the pool's transaction ${txid} cannot be read: ${decoded.message}`);
  return decoded.transaction;
}
