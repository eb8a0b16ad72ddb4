/** What an event means to somebody who follows a transaction, as one plain sentence. */
import type { EventsBySource, EventSource, WatchedEvent } from '@pocket/contracts';

type DataOf<S extends EventSource, T extends EventsBySource[S]['type']> = Extract<
  EventsBySource[S],
  { type: T }
>['data'];
type Sentences = {
  [S in EventSource]: { [T in EventsBySource[S]['type']]?: (data: DataOf<S, T>, txid: string) => string };
};

const the = (txid: string, followed: string): string =>
  txid === followed ? 'the transaction' : `the transaction ${txid}`;
const because = ({ code, message }: { code: string; message: string }): string => `${message} (${code})`;

const sentences: Sentences = {
  wallet: {
    PaymentSigned: ({ from, to, amount, fee, txid }, followed) =>
      `The wallet signed a payment of ${amount} base units from ${from} to ${to}, fee ${fee}: ${the(txid, followed)}.`,
    PaymentConfirmed: ({ blockHash, height }) =>
      `The wallet saw the payment confirmed by block ${blockHash} at height ${height}.`,
    PaymentUnconfirmed: ({ blockHash, height }) =>
      `The wallet saw the payment wait again: block ${blockHash} at height ${height} has left the best chain.`,
    PaymentFailed: ({ reason }) => `The wallet gave the payment up: ${because(reason)}.`,
  },
  'tx-pool': {
    TransactionAccepted: ({ txid, fee }, followed) =>
      `The pool accepted ${the(txid, followed)}, fee ${fee}: it waits for a block.`,
    TransactionConfirmed: ({ txid, blockHash, height }, followed) =>
      `The pool let ${the(txid, followed)} go: it is in block ${blockHash} at height ${height}.`,
    TransactionReturned: ({ txid, blockHash }, followed) =>
      `The pool took ${the(txid, followed)} back: block ${blockHash} has left the best chain.`,
    TransactionEvicted: ({ txid, reason }, followed) => `The pool dropped ${the(txid, followed)}: ${because(reason)}.`,
    FailedPaymentListed: () => 'The pool listed the payment among those that failed.',
    BlockFollowed: ({ blockHash, height }) => `The pool has followed block ${blockHash} at height ${height}.`,
    BlockUnfollowed: ({ blockHash, height }) => `The pool has gone back behind block ${blockHash} at height ${height}.`,
  },
  miner: {
    MiningRequested: ({ height, address, transactionCount }) =>
      `The miner began to search a block of ${transactionCount} transactions at height ${height} that pays ${address}.`,
    BlockFound: ({ blockHash, height, nonce }) =>
      `A worker found block ${blockHash} at height ${height}, with the nonce ${nonce}.`,
    BlockRefused: ({ blockHash, reason }) => `Block ${blockHash} was refused: ${because(reason)}.`,
    MiningStopped: ({ reason }) => `The search ended without a block: ${because(reason)}.`,
  },
  chainstate: {
    ChainStarted: ({ chainId, network }) => `A new chain ${chainId} began on the network ${network}.`,
    BlockConnected: ({ blockHash, height }) =>
      `Block ${blockHash} became the tip of the best chain at height ${height}.`,
    BlockDisconnected: ({ blockHash, height }) => `Block ${blockHash} at height ${height} left the best chain.`,
    BlockStored: ({ blockHash, height }) => `Block ${blockHash} at height ${height} was kept as part of a branch.`,
    BlockInvalidated: ({ blockHash, reason }) => `Block ${blockHash} was called invalid: ${because(reason)}.`,
    BlockReconsidered: ({ blockHash }) => `Block ${blockHash} was given another chance.`,
  },
};

/** @param txid the transaction that is followed. The event's data may lack its large fields. */
export function sentenceOf({ service, type, data }: WatchedEvent, txid: string): string {
  const say = (sentences[service] as Record<string, ((data: unknown, txid: string) => string) | undefined>)[type];
  return say?.(data, txid) ?? `${service} recorded ${type}.`;
}
