/** From a command to what happens: one road for each, all of them pure. */
import { poolEvents, type PoolEvent } from '@pocket/contracts';
import type { Decision, NewEvent } from '@pocket/eventstore';
import {
  DONE,
  type FollowStart,
  type ListFailedPayment,
  type PoolCommand,
  type PoolReply,
  type SweepPool,
} from './commands.ts';
import { evictExpired, evictPremature } from './eviction.ts';
import { followBlock, unfollowBlock } from './following.ts';
import { DEFAULT_POLICY, type PoolPolicy } from './policy.ts';
import { selectCandidates } from './selection.ts';
import { evolve, POOL_STREAM, startChain, type PoolState } from './state.ts';
import { submit, test } from './submission.ts';

/** Decides one command and takes the outcome into `state`. */
export function decide(
  command: PoolCommand,
  state: PoolState,
  policy: PoolPolicy = DEFAULT_POLICY,
): Decision<PoolReply> {
  switch (command.type) {
    case 'SubmitTransaction': {
      const { events, outcome } = submit(command, command.now, state, policy);
      return said(events, outcome);
    }
    case 'TestTransactions':
      return said([], test(command.submissions, command.now, state, policy));
    case 'ListCandidates':
      return said([], selectCandidates(command.query, state));
    case 'FollowBlock':
      return said(followBlock(command, state));
    case 'UnfollowBlock':
      return said(unfollowBlock(command, state, policy));
    case 'FollowStart':
      return said(followStart(command, state));
    case 'ListFailedPayment':
      return said(listFailedPayment(command));
    case 'SweepPool':
      return said(sweep(command, state, policy));
    default:
      return command satisfies never;
  }
}

function followStart({ chainId, network }: FollowStart, state: PoolState): PoolEvent[] {
  startChain(state, chainId, network);
  const event: PoolEvent = { type: 'PoolCleared', data: { chainId } };
  evolve(state, event);
  return [event];
}

/** A payment that only its chain's end has cancelled did not fail on a rule and is not shown. */
function listFailedPayment({ payment }: ListFailedPayment): PoolEvent[] {
  if (payment.reason.code === 'chain-started') return [];
  const { paymentId, from, to, amount, reason } = payment;
  return [{ type: 'FailedPaymentListed', data: { paymentId, from, to, amount, reason } }];
}

/** A chain that stands where the last sweep has found it is not in the middle of a reorganization. */
function sweep({ now }: SweepPool, state: PoolState, policy: PoolPolicy): PoolEvent[] {
  const { reorganizedFrom, blockHash } = state.tip;
  const stands = reorganizedFrom !== undefined && state.sweptOn === blockHash;
  state.sweptOn = blockHash;
  return [...evictExpired(state, now, policy), ...(stands ? evictPremature(state) : [])];
}

function said(events: PoolEvent[], reply: PoolReply = DONE): Decision<PoolReply> {
  return { events: events.map(recorded), reply };
}

function recorded(event: PoolEvent): NewEvent {
  return { ...event, stream: POOL_STREAM, schemaVersion: poolEvents[event.type].schemaVersion };
}
