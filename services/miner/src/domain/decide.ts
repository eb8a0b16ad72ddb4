/** When a search begins and how it ends: with a block or without one, once. Pure. */
import { minerEvents, type MinerEvent } from '@pocket/contracts';
import type { Decision } from '@pocket/eventstore';
import { evolve, type MinerState } from './state.ts';

type DataOf<T extends MinerEvent['type']> = Extract<MinerEvent, { type: T }>['data'];

export interface RequestMining {
  type: 'RequestMining';
  search: DataOf<'MiningRequested'>;
}
export interface RecordBlock {
  type: 'RecordBlock';
  block: DataOf<'BlockFound'>;
}
export interface StopMining {
  type: 'StopMining';
  searchId: string;
  reason: { code: string; message: string };
}

export type MinerCommand = RequestMining | RecordBlock | StopMining;

/** Decides one command and takes the outcome into `state`. Ending a search that has ended changes nothing. */
export function decide(command: MinerCommand, state: MinerState): Decision<undefined> {
  switch (command.type) {
    case 'RequestMining':
      return state.searches.has(command.search.searchId)
        ? NOTHING
        : record(state, { type: 'MiningRequested', data: command.search });
    case 'RecordBlock':
      return isOpen(state, command.block.searchId)
        ? record(state, { type: 'BlockFound', data: command.block })
        : NOTHING;
    case 'StopMining': {
      const { searchId, reason } = command;
      return isOpen(state, searchId) ? record(state, { type: 'MiningStopped', data: { searchId, reason } }) : NOTHING;
    }
    default:
      return command satisfies never;
  }
}

const NOTHING: Decision<undefined> = { events: [], reply: undefined };

export const searchStream = (searchId: string): string => `search-${searchId}`;

function isOpen({ searches }: MinerState, searchId: string): boolean {
  return searches.get(searchId)?.open === true;
}

function record(state: MinerState, event: MinerEvent): Decision<undefined> {
  evolve(state, event);
  const { schemaVersion } = minerEvents[event.type];
  return { events: [{ ...event, stream: searchStream(event.data.searchId), schemaVersion }], reply: undefined };
}
