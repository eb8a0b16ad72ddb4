/** What others' events mean to the pool: the chain moves its coins and tip, a failed payment is listed. */
import { readEvent } from '@pocket/contracts';
import type { RecordedEvent, Source } from '@pocket/eventstore';
import { followBy } from '@pocket/service-kit';
import { CHAIN_EVENTS, chainCommand } from './chain-events.ts';
import type { PoolCommand } from './domain/commands.ts';
import type { PoolWriter } from './store.ts';

/** What each followed log says to the pool; it passes over everything else. */
export const followedEvents = { chainstate: CHAIN_EVENTS, wallet: ['PaymentFailed'] } satisfies Record<
  string,
  readonly string[]
>;

type SourceLog = Pick<Source, 'fetchHead' | 'fetchLog'>;

/** @param logs how to ask each source about its log. */
export function subscriptionsOf(
  writer: Pick<PoolWriter, 'execute'>,
  logs: Record<'chainstate' | 'wallet', SourceLog>,
): Source[] {
  return [
    {
      source: 'chainstate',
      ...logs.chainstate,
      isRelevant: ({ type }) => followedEvents.chainstate.includes(type),
      handle: followBy(writer, chainCommand),
    },
    {
      source: 'wallet',
      ...logs.wallet,
      isRelevant: ({ type }) => followedEvents.wallet.includes(type),
      handle: followBy(writer, walletCommand),
    },
  ];
}

function walletCommand(recorded: RecordedEvent): PoolCommand {
  const event = readEvent('wallet', recorded);
  if (event.type !== 'PaymentFailed') throw new Error(`${event.type} means nothing to the pool`);
  return { type: 'ListFailedPayment', payment: event.data };
}
