/** The searches that the commands at hand touch. */
import type { MinerEvent } from '@pocket/contracts';

export type SearchEvent = Exclude<MinerEvent, { type: 'MiningModeSet' }>;

export type SearchPhase = 'searching' | 'found' | 'refused' | 'stopped';

export interface Search {
  /** Version of the search's stream as it was loaded. */
  version: number;
  phase: SearchPhase;
}

export interface MinerState {
  searches: Map<string, Search>;
}

/** The phase an event leads to. */
export function phaseAfter(event: SearchEvent): SearchPhase {
  switch (event.type) {
    case 'MiningRequested':
      return 'searching';
    case 'BlockFound':
      return 'found';
    case 'BlockRefused':
      return 'refused';
    case 'MiningStopped':
      return 'stopped';
    default:
      return event satisfies never;
  }
}

/** Takes an event into the state. */
export function evolve({ searches }: MinerState, event: SearchEvent): void {
  const { searchId } = event.data;
  searches.set(searchId, { version: searches.get(searchId)?.version ?? 0, phase: phaseAfter(event) });
}
