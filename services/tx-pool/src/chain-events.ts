/** What the chain's events mean to the pool, decoded: for whoever follows the chain, and for the fold of its log. */
import { decodeBlock, decodeCoins, networkNamed, type BlockHash } from '@pocket/chain';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { RecordedEvent } from '@pocket/eventstore';
import type { FollowBlock, FollowStart, UnfollowBlock } from './domain/commands.ts';

/** What happens beside the best chain changes nothing here. */
export const CHAIN_EVENTS = ['ChainStarted', 'BlockConnected', 'BlockDisconnected'];

/** What an event of the chain means. Throws for one that cannot be read, which must stop the pool rather than mislead it. */
export function chainCommand(recorded: RecordedEvent): FollowStart | FollowBlock | UnfollowBlock {
  const event = readEvent('chainstate', recorded);
  switch (event.type) {
    case 'ChainStarted': {
      const network = networkNamed(event.data.network);
      if (network === undefined) throw new Error(`the network ${event.data.network} is unknown here`);
      return { type: 'FollowStart', chainId: event.data.chainId, network };
    }
    case 'BlockConnected':
      return { type: 'FollowBlock', ...blockOf(event.data, recorded) };
    case 'BlockDisconnected':
      return {
        type: 'UnfollowBlock',
        ...blockOf(event.data, recorded),
        firstSeen: event.data.firstSeen,
        now: Date.now(),
      };
    case 'BlockStored':
    case 'BlockInvalidated':
    case 'BlockReconsidered':
      throw new Error(`${event.type} means nothing to the pool`);
    default:
      return event satisfies never;
  }
}

type BlockData = Extract<ChainEvent, { type: 'BlockConnected' }>['data'];

function blockOf({ block, undo, blockHash, height }: BlockData, { eventId }: RecordedEvent): Omit<FollowBlock, 'type'> {
  const decoded = decodeBlock(hexToBytes(block));
  if (!decoded.ok) throw new Error(`the block of event ${eventId} cannot be read: ${decoded.message}`);
  const spent = decodeCoins(hexToBytes(undo));
  if (!spent.ok) throw new Error(`the coins spent by the block of event ${eventId} cannot be read: ${spent.message}`);
  return { block: decoded.block, undo: spent.coins, blockHash: blockHash as BlockHash, height };
}
