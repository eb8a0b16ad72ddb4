/** What others' events mean to wallets: a block moves coins and settles payments, both ways; a new chain empties everybody. */
import { decodeBlock, decodeCoins, networkNamed, txidOf } from '@pocket/chain';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { RecordedEvent, Source } from '@pocket/eventstore';
import { followBy } from '@pocket/service-kit';
import type { FollowBlock, FollowStart, WalletCommand } from './domain/decide.ts';
import type { WalletWriter } from './store.ts';

type SourceLog = Pick<Source, 'fetchHead' | 'fetchLog'>;

/** What happens beside the best chain is nothing to a wallet. */
const CHAIN_TYPES = ['ChainStarted', 'BlockConnected', 'BlockDisconnected'];

/** @param logs how to ask each source about its log. */
export function subscriptionsOf(
  writer: Pick<WalletWriter, 'execute'>,
  logs: Record<'chainstate' | 'tx-pool', SourceLog>,
): Source[] {
  return [
    {
      source: 'chainstate',
      ...logs.chainstate,
      isRelevant: ({ type }) => CHAIN_TYPES.includes(type),
      handle: followBy(writer, chainCommand),
    },
    {
      source: 'tx-pool',
      ...logs['tx-pool'],
      isRelevant: ({ type }) => type === 'TransactionEvicted',
      handle: followBy(writer, poolCommand),
    },
  ];
}

function chainCommand(recorded: RecordedEvent): WalletCommand {
  const event = readEvent('chainstate', recorded);
  switch (event.type) {
    case 'ChainStarted':
      return start(event.data);
    case 'BlockConnected':
      return { type: 'FollowBlock', ...blockOf(event.data) };
    case 'BlockDisconnected':
      return { type: 'UnfollowBlock', ...blockOf(event.data) };
    case 'BlockStored':
    case 'BlockInvalidated':
    case 'BlockReconsidered':
      throw new Error(`${event.type} means nothing to a wallet`);
    default:
      return event satisfies never;
  }
}

type DataOf<T extends ChainEvent['type']> = Extract<ChainEvent, { type: T }>['data'];

function start({ network }: DataOf<'ChainStarted'>): FollowStart {
  const known = networkNamed(network);
  if (known === undefined) throw new Error(`a chain of ${network} has started, a network that this code does not know`);
  return { type: 'FollowStart', network, coinbaseMaturity: known.coinbaseMaturity };
}

function blockOf({ block, undo, blockHash, height }: DataOf<'BlockConnected'>): Omit<FollowBlock, 'type'> {
  const decoded = decodeBlock(hexToBytes(block));
  const coins = decodeCoins(hexToBytes(undo));
  if (!decoded.ok || !coins.ok) throw new Error(`block ${blockHash} of the chain's log cannot be read`);
  const txids = decoded.block.transactions.slice(1).map(txidOf);
  return { blockHash, height, txids, block: decoded.block, undo: coins.coins };
}

function poolCommand(recorded: RecordedEvent): WalletCommand {
  const event = readEvent('tx-pool', recorded);
  if (event.type !== 'TransactionEvicted') throw new Error(`${event.type} means nothing to a wallet`);
  return { type: 'FailPayment', txid: event.data.txid, reason: event.data.reason };
}
