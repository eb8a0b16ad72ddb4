/** What the chain's events mean to wallets, decoded: for whoever follows the chain, and for the fold of its log. */
import { decodeBlock, decodeCoins, networkNamed, txidOf } from '@pocket/chain';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { RecordedEvent } from '@pocket/eventstore';
import type { FollowBlock, FollowStart, UnfollowBlock } from './domain/decide.ts';

/** What happens beside the best chain is nothing to a wallet. */
export const CHAIN_EVENTS = ['ChainStarted', 'BlockConnected', 'BlockDisconnected'];

/** Throws for an event that cannot be read, which must stop the wallets rather than mislead them. */
export function chainCommand(recorded: RecordedEvent): FollowStart | FollowBlock | UnfollowBlock {
  const event = readEvent('chainstate', recorded);
  const { position } = recorded;
  switch (event.type) {
    case 'ChainStarted':
      return { ...start(event.data), position };
    case 'BlockConnected':
      return { type: 'FollowBlock', ...blockOf(event.data), position };
    case 'BlockDisconnected':
      return { type: 'UnfollowBlock', ...blockOf(event.data), position };
    case 'BlockStored':
    case 'BlockInvalidated':
    case 'BlockReconsidered':
      throw new Error(`${event.type} means nothing to a wallet`);
    default:
      return event satisfies never;
  }
}

type DataOf<T extends ChainEvent['type']> = Extract<ChainEvent, { type: T }>['data'];

function start({ chainId, network }: DataOf<'ChainStarted'>): Omit<FollowStart, 'position'> {
  const known = networkNamed(network);
  if (known === undefined) throw new Error(`a chain of ${network} has started, a network that this code does not know`);
  return { type: 'FollowStart', chainId, network, coinbaseMaturity: known.coinbaseMaturity };
}

function blockOf({ block, undo, blockHash, height }: DataOf<'BlockConnected'>): Omit<FollowBlock, 'type' | 'position'> {
  const decoded = decodeBlock(hexToBytes(block));
  const coins = decodeCoins(hexToBytes(undo));
  if (!decoded.ok || !coins.ok) throw new Error(`block ${blockHash} of the chain's log cannot be read`);
  const txids = decoded.block.transactions.slice(1).map(txidOf);
  return { blockHash, height, txids, block: decoded.block, undo: coins.coins };
}
