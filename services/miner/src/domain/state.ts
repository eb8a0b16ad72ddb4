/** The searches that the commands at hand touch. */
import type { MinerEvent } from '@pocket/contracts';

export interface Search {
  /** Version of the search's stream as it was loaded. */
  version: number;
  open: boolean;
}

export interface MinerState {
  searches: Map<string, Search>;
}

/** Takes an event into the state. */
export function evolve({ searches }: MinerState, event: MinerEvent): void {
  switch (event.type) {
    case 'MiningRequested':
      searches.set(event.data.searchId, { version: 0, open: true });
      return;
    case 'BlockFound':
    case 'MiningStopped': {
      const search = searches.get(event.data.searchId);
      if (search !== undefined) search.open = false;
      return;
    }
    default:
      event satisfies never;
  }
}
