/** What others' events mean to wallets: a block moves coins and settles payments, both ways; a new chain empties everybody. */
import { readEvent } from '@pocket/contracts';
import type { RecordedEvent, Source } from '@pocket/eventstore';
import { followBy } from '@pocket/service-kit';
import { CHAIN_EVENTS, chainCommand } from './chain-events.ts';
import type { WalletCommand } from './domain/decide.ts';
import type { WalletWriter } from './store.ts';

/** What each followed log says to a wallet; it passes over everything else. */
export const followedEvents = { chainstate: CHAIN_EVENTS, 'tx-pool': ['TransactionEvicted'] } satisfies Record<
  string,
  readonly string[]
>;

type SourceLog = Pick<Source, 'fetchHead' | 'fetchLog'>;

/** @param logs how to ask each source about its log. */
export function subscriptionsOf(
  writer: Pick<WalletWriter, 'execute'>,
  logs: Record<'chainstate' | 'tx-pool', SourceLog>,
): Source[] {
  return [
    {
      source: 'chainstate',
      ...logs.chainstate,
      isRelevant: ({ type }) => followedEvents.chainstate.includes(type),
      handle: followBy(writer, chainCommand),
    },
    {
      source: 'tx-pool',
      ...logs['tx-pool'],
      isRelevant: ({ type }) => followedEvents['tx-pool'].includes(type),
      handle: followBy(writer, poolCommand),
    },
  ];
}

function poolCommand(recorded: RecordedEvent): WalletCommand {
  const event = readEvent('tx-pool', recorded);
  if (event.type !== 'TransactionEvicted') throw new Error(`${event.type} means nothing to a wallet`);
  return { type: 'FailPayment', txid: event.data.txid, reason: event.data.reason };
}
