/** The page's list of event types is the contracts', and who listens is told of what they asked for. */
import { describe, expect, it } from 'vitest';
import { eventCatalog, type WatchedEvent } from '@pocket/contracts';
import { createAudience } from '../../src/live/audience.ts';
import { EVENT_TYPES } from '../../src/live/event-types.ts';

describe('the types of events', () => {
  it('are those of the catalogue', () => {
    const known = Object.values(eventCatalog).flatMap((events) => Object.keys(events));
    expect([...EVENT_TYPES].sort()).toEqual([...new Set(known)].sort());
  });
});

describe('an audience', () => {
  it('hears the types that each has asked for, until it leaves', () => {
    const { listen, tell } = createAudience();
    const heard: string[] = [];
    const leave = listen(({ type }) => heard.push(`blocks: ${type}`), ['BlockConnected']);
    listen(({ type }) => heard.push(`all: ${type}`));
    tell({ type: 'BlockConnected' } as WatchedEvent);
    tell({ type: 'WalletCreated' } as WatchedEvent);
    leave();
    tell({ type: 'BlockConnected' } as WatchedEvent);
    expect(heard).toEqual([
      'blocks: BlockConnected',
      'all: BlockConnected',
      'all: WalletCreated',
      'all: BlockConnected',
    ]);
  });
});
