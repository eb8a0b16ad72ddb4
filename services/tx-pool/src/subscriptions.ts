/** What others' events mean to the pool: the chain moves its coins and tip, a failed payment is listed. */
import { decodeBlock, type BlockHash } from '@pocket/chain';
import { readEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { RecordedEvent, Source } from '@pocket/eventstore';
import { followBy } from '@pocket/service-kit';
import type { PoolCommand } from './domain/decide.ts';
import type { PoolWriter } from './store.ts';

type SourceLog = Pick<Source, 'fetchHead' | 'fetchLog'>;

/** @param logs how to ask each source about its log. */
export function subscriptionsOf(writer: PoolWriter, logs: Record<'chainstate' | 'wallet', SourceLog>): Source[] {
  return [
    { source: 'chainstate', ...logs.chainstate, isRelevant: () => true, handle: followBy(writer, chainCommand) },
    {
      source: 'wallet',
      ...logs.wallet,
      isRelevant: ({ type }) => type === 'PaymentFailed',
      handle: followBy(writer, walletCommand),
    },
  ];
}

function chainCommand(recorded: RecordedEvent): PoolCommand {
  const event = readEvent('chainstate', recorded);
  switch (event.type) {
    case 'ChainStarted':
      return { type: 'FollowStart', chainId: event.data.chainId };
    case 'BlockConnected': {
      const decoded = decodeBlock(hexToBytes(event.data.block));
      if (!decoded.ok) throw new Error(`the block of event ${recorded.eventId} cannot be read: ${decoded.message}`);
      return {
        type: 'FollowBlock',
        block: decoded.block,
        blockHash: event.data.blockHash as BlockHash,
        height: event.data.height,
      };
    }
    default:
      return event satisfies never;
  }
}

function walletCommand(recorded: RecordedEvent): PoolCommand {
  const event = readEvent('wallet', recorded);
  if (event.type !== 'PaymentFailed') throw new Error(`${event.type} means nothing to the pool`);
  return { type: 'ListFailedPayment', payment: event.data };
}
