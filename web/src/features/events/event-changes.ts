/**
 * What an event changed, told from its own data and from nothing else: words by a key, with the values that they name and
 * where to look at it. Blocks are decoded by the protocol library. Pure.
 */
import { decodeBlock } from '@pocket/chain';
import type { EventsBySource, EventSource, WatchedEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';

export interface Change {
  /** Of the words, under `events.changes`. */
  key: string;
  values?: Record<string, string | number>;
  /** Values in base units. */
  amounts?: Record<string, string>;
  /** The page of what was changed. */
  to?: { name: string; params?: Record<string, string> };
}

type DataOf<S extends EventSource, T extends EventsBySource[S]['type']> = Extract<
  EventsBySource[S],
  { type: T }
>['data'];
type Changes = { [S in EventSource]: { [T in EventsBySource[S]['type']]: (data: DataOf<S, T>) => Change[] } };

const toBlock = (hash: string) => ({ name: 'block', params: { hash } });
const toTransaction = (txid: string) => ({ name: 'transaction', params: { txid } });
const toAddress = (address: string) => ({ name: 'address', params: { address } });

const changes: Changes = {
  wallet: {
    WalletCreated: ({ address }) => [{ key: 'walletCreated', values: { address }, to: toAddress(address) }],
    PaymentSigned: ({ from, amount, fee, txid }) => [
      { key: 'coinsLocked', values: { address: from }, to: toAddress(from) },
      { key: 'paymentSigned', amounts: { amount, fee }, to: toTransaction(txid) },
    ],
    PaymentConfirmed: ({ height, blockHash }) => [{ key: 'paymentDone', values: { height }, to: toBlock(blockHash) }],
    PaymentUnconfirmed: ({ height, blockHash }) => [
      { key: 'paymentWaitsAgain', values: { height }, to: toBlock(blockHash) },
    ],
    PaymentFailed: ({ reason: { code, message } }) => [{ key: 'paymentFailed', values: { code, message } }],
    WalletsForgotten: ({ addresses }) => [{ key: 'walletsForgotten', values: { n: addresses.length } }],
    ChainFollowed: ({ network }) => [{ key: 'walletsFollow', values: { network } }],
  },
  'tx-pool': {
    TransactionAccepted: ({ txid, fee }) => [{ key: 'poolTakes', amounts: { fee }, to: toTransaction(txid) }],
    TransactionConfirmed: ({ txid, height }) => [{ key: 'poolLetsGo', values: { height }, to: toTransaction(txid) }],
    TransactionReturned: ({ txid }) => [{ key: 'poolTakesBack', to: toTransaction(txid) }],
    TransactionEvicted: ({ reason: { code, message } }) => [{ key: 'poolDrops', values: { code, message } }],
    FailedPaymentListed: ({ reason: { code, message } }) => [{ key: 'poolLists', values: { code, message } }],
    PoolCleared: () => [{ key: 'poolCleared', to: { name: 'pool' } }],
    BlockFollowed: ({ height, blockHash }) => [{ key: 'poolFollowed', values: { height }, to: toBlock(blockHash) }],
    BlockUnfollowed: ({ height, blockHash }) => [{ key: 'poolWentBack', values: { height }, to: toBlock(blockHash) }],
  },
  miner: {
    MiningRequested: ({ height, transactionCount }) => [
      { key: 'searchBegan', values: { height, n: transactionCount } },
    ],
    BlockFound: ({ height, nonce, blockHash }) => [
      { key: 'searchFound', values: { height, nonce }, to: toBlock(blockHash) },
    ],
    BlockRefused: ({ reason: { code, message } }) => [{ key: 'blockRefused', values: { code, message } }],
    MiningStopped: ({ reason: { code, message } }) => [{ key: 'searchStopped', values: { code, message } }],
    MiningModeSet: ({ mode }) => [{ key: 'modeSet', values: { mode } }],
  },
  chainstate: {
    ChainStarted: ({ network }) => [{ key: 'chainStarted', values: { network }, to: { name: 'blocks' } }],
    BlockConnected: ({ height, blockHash, block }) => [
      { key: 'tipRose', values: { height }, to: toBlock(blockHash) },
      ...coinChanges(block, 'coinsMade'),
    ],
    BlockDisconnected: ({ height, blockHash, block }) => [
      { key: 'tipFell', values: { height }, to: toBlock(blockHash) },
      ...coinChanges(block, 'coinsUnmade'),
    ],
    BlockStored: ({ height, blockHash }) => [{ key: 'blockStored', values: { height }, to: toBlock(blockHash) }],
    BlockInvalidated: ({ blockHash, reason: { code, message } }) => [
      { key: 'blockInvalid', values: { code, message }, to: toBlock(blockHash) },
    ],
    BlockReconsidered: ({ blockHash, reconsidered }) => [
      { key: 'blockReconsidered', values: { n: reconsidered.length }, to: toBlock(blockHash) },
    ],
  },
};

/** Empty for an event that changes nothing, such as a hash of the tables. @param event with all of its data. */
export function changesOf({ service, type, data }: WatchedEvent): Change[] {
  const tell = (changes[service] as Record<string, ((data: unknown) => Change[]) | undefined>)[type];
  return tell?.(data) ?? [];
}

/** The keys of the words are `coinsMade` and `coinsUnmade`. */
function coinChanges(hex: string, key: string): Change[] {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) return [];
  const [coinbase, ...payments] = decoded.block.transactions;
  const all = coinbase === undefined ? payments : [coinbase, ...payments];
  const made = all.reduce((sum, { outputs }) => sum + outputs.length, 0);
  const spent = payments.reduce((sum, { inputs }) => sum + inputs.length, 0);
  return [{ key, values: { made, spent }, to: { name: 'chainstate' } }];
}
