/** What the pool can be asked to do, and what it answers. */
import type { Block, BlockHash, Coin, NetworkParameters, Transaction, Txid } from '@pocket/chain';
import type { CandidateQuery, CandidateTransactions, TransactionOutcome, WalletEvent } from '@pocket/contracts';

/** A transaction as it came in: decoded once, and named by its bytes. */
export interface Submission {
  transaction: Transaction;
  txid: Txid;
  hex: string;
}

export interface SubmitTransaction extends Submission {
  type: 'SubmitTransaction';
  /** Unix milliseconds. */
  now: number;
}
/** Judges each as if those before it had been accepted, and changes nothing. */
export interface TestTransactions {
  type: 'TestTransactions';
  submissions: Submission[];
  /** Unix milliseconds. */
  now: number;
}
/** Asks for what a miner may take, exact at the moment of the answer. */
export interface ListCandidates {
  type: 'ListCandidates';
  query: CandidateQuery;
}
/** The chain has got a block on top. */
export interface FollowBlock {
  type: 'FollowBlock';
  block: Block;
  /** The coins it spent, in block order. */
  undo: Coin[];
  blockHash: BlockHash;
  height: number;
}
/** The chain has lost its tip. */
export interface UnfollowBlock extends Omit<FollowBlock, 'type'> {
  type: 'UnfollowBlock';
  /** When each transaction was first seen, unix milliseconds; null where nobody knows. */
  firstSeen: (number | null)[];
  /** Unix milliseconds. */
  now: number;
}
/** The chain has begun anew. */
export interface FollowStart {
  type: 'FollowStart';
  chainId: string;
  network: NetworkParameters;
}
/** A payment failed at its wallet; the original shows it in the pool. */
export interface ListFailedPayment {
  type: 'ListFailedPayment';
  payment: Extract<WalletEvent, { type: 'PaymentFailed' }>['data'];
}
/** Time has passed. */
export interface SweepPool {
  type: 'SweepPool';
  /** Unix milliseconds. */
  now: number;
}

export type PoolCommand =
  | SubmitTransaction
  | TestTransactions
  | ListCandidates
  | FollowBlock
  | UnfollowBlock
  | FollowStart
  | ListFailedPayment
  | SweepPool;

/** What has nothing to say but that it was done. */
export interface Done {
  ok: true;
}
export const DONE: Done = { ok: true };

interface Answers {
  SubmitTransaction: TransactionOutcome;
  TestTransactions: TransactionOutcome[];
  ListCandidates: CandidateTransactions;
}
/** The answer to a command. */
export type AnswerTo<C extends PoolCommand> = C extends { type: keyof Answers } ? Answers[C['type']] : Done;
export type PoolReply = AnswerTo<PoolCommand>;
