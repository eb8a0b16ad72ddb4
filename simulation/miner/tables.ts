/** The miner's one read model in memory: the table of searches. */
import type { Decided } from '@pocket/eventstore';
import type { MinerCommand } from '../../services/miner/src/domain/decide.ts';
import { phaseAfter, type Search, type SearchEvent } from '../../services/miner/src/domain/state.ts';

export interface MinerTables {
  readonly searches: Map<string, Search>;
}

export function emptyMinerTables(): MinerTables {
  return { searches: new Map() };
}

export function foldMiner({ searches }: MinerTables, decided: readonly Decided<MinerCommand>[]): void {
  for (const event of decided.flatMap(({ events }) => events) as unknown as SearchEvent[]) {
    const { searchId } = event.data;
    searches.set(searchId, { version: (searches.get(searchId)?.version ?? 0) + 1, phase: phaseAfter(event) });
  }
}
