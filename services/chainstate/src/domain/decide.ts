/**
 * Which block is kept, which one is connected, and when a new chain begins. Pure: time, chance, coins and blocks come in
 * as arguments, and the chain changes only by the events (see `evolve`).
 * A block that builds on the tip is connected at once or refused. Any other one is kept as a branch; whether it is the
 * best now is for `ActivateBest`, which the caller asks for as long as a reply is `unfinished`.
 */
import { describeNetwork } from '@pocket/chain';
import type { Decision } from '@pocket/eventstore';
import type { ChainCommand, ChainReply, StartChain } from './commands.ts';
import { recorded, replyOf, tipReply } from './recording.ts';
import { activateBest, invalidate, reconsider } from './reorganize.ts';
import type { ChainState } from './state.ts';
import { submit } from './submit.ts';

export function decide(command: ChainCommand, state: ChainState): Decision<ChainReply> {
  switch (command.type) {
    case 'StartChain':
      return startChain(command, state);
    case 'SubmitBlock':
      return submit(command, state);
    case 'ActivateBest':
      return activateBest(state);
    case 'InvalidateBlock':
      return invalidate(command, state);
    case 'ReconsiderBlock':
      return reconsider(command, state);
    default:
      return command satisfies never;
  }
}

function startChain({ chainId, network, onlyFirst }: StartChain, { chain }: ChainState): Decision<ChainReply> {
  if (onlyFirst && chain !== undefined) return { events: [], reply: tipReply(chain) };
  const parameters = { ...describeNetwork(network) };
  const event = recorded({ type: 'ChainStarted', data: { chainId, network: network.name, parameters } });
  return { events: [event], reply: { ...replyOf({ chainId }, null, null), unfinished: network.genesis !== null } };
}
