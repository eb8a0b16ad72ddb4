/** When a search begins and how it ends: every event in every phase, as a table. */
import { describe, expect, it } from 'vitest';
import { scenario } from '@pocket/eventstore/scenario';
import { decide, type MinerCommand } from '../src/domain/decide.ts';
import { evolve, type MinerState, type SearchEvent } from '../src/domain/state.ts';

const HASH = 'bb'.repeat(32);
const reason = { code: 'stale-template', message: 'somebody else was faster' };
const requested: SearchEvent = {
  type: 'MiningRequested',
  data: {
    searchId: 's1',
    address: 'mine',
    height: 1,
    previousBlockHash: HASH,
    bits: 0x1f100000,
    transactionCount: 1,
  },
};
const found: SearchEvent = { type: 'BlockFound', data: { searchId: 's1', blockHash: HASH, height: 1, nonce: 5 } };
const refused: SearchEvent = { type: 'BlockRefused', data: { searchId: 's1', blockHash: HASH, reason } };
const stopped: SearchEvent = { type: 'MiningStopped', data: { searchId: 's1', reason } };

const searches = scenario<MinerCommand, MinerState, undefined, SearchEvent>({
  initial: () => ({ searches: new Map() }),
  evolve,
  decide,
});
const record = (event: SearchEvent): MinerCommand => ({ type: 'Record', event });
const phases: Record<string, SearchEvent[]> = {
  unknown: [],
  searching: [requested],
  found: [requested, found],
  refused: [requested, found, refused],
  stopped: [requested, stopped],
};
const allowed: Record<string, SearchEvent[]> = {
  unknown: [requested],
  searching: [found, stopped],
  found: [refused],
  refused: [],
  stopped: [],
};
const table = Object.entries(phases).flatMap(([phase, history]) =>
  [requested, found, refused, stopped].map((event) => ({
    phase,
    type: event.type,
    history,
    event,
    happens: allowed[phase]?.includes(event) ?? false,
  })),
);

describe('Record', () => {
  it.each(table)('$type of a search that is $phase happens: $happens', ({ history, event, happens }) => {
    searches
      .given(...history)
      .when(record(event))
      .thenEvents(...(happens ? [event] : []));
  });

  it('writes to the stream of its search', () => {
    expect(searches.when(record(requested)).events[0]).toMatchObject({ stream: 'search-s1', schemaVersion: 1 });
  });

  it('follows a search through one batch, and takes no event twice', () => {
    searches
      .when(record(requested), record(requested), record(found), record(found), record(stopped), record(refused))
      .thenEvents(requested, found, refused);
  });

  it('keeps searches apart', () => {
    const other = { ...found, data: { ...found.data, searchId: 's2' } } as SearchEvent;
    searches.given(requested).when(record(other)).thenNothing();
  });
});
