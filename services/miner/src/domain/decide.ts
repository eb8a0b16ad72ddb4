/** When a search begins and how it ends: with a block, or without one. Pure. */
import { minerEvents } from '@pocket/contracts';
import type { Decision } from '@pocket/eventstore';
import { evolve, type MinerState, type SearchEvent, type SearchPhase } from './state.ts';

/** A command names the event it asks for; whether it happens depends on the phase of the search. */
export interface MinerCommand {
  type: 'Record';
  event: SearchEvent;
}

/** The phase in which each event may happen; undefined: before the search is known. */
const ALLOWED_IN: Record<SearchEvent['type'], SearchPhase | undefined> = {
  MiningRequested: undefined,
  BlockFound: 'searching',
  BlockRefused: 'found',
  MiningStopped: 'searching',
};

export const searchStream = (searchId: string): string => `search-${searchId}`;

/** Decides one command and takes the outcome into `state`. What comes twice or too late changes nothing. */
export function decide({ event }: MinerCommand, state: MinerState): Decision<undefined> {
  const { searchId } = event.data;
  if (state.searches.get(searchId)?.phase !== ALLOWED_IN[event.type]) return { events: [], reply: undefined };
  evolve(state, event);
  const { schemaVersion } = minerEvents[event.type];
  return { events: [{ ...event, stream: searchStream(searchId), schemaVersion }], reply: undefined };
}
