/** The window over the log: bounded at both ends, without gaps and without doubles. */
import { describe, expect, it } from 'vitest';
import type { EventPage, EventSource, WatchedEvent } from '@pocket/contracts';
import { firstWindow, keyOf, passes, rowOf, withNewer, withOlder } from '../../src/features/events/event-window.ts';

const event = (service: EventSource, position: number, type = 'WalletCreated'): WatchedEvent => ({
  ...{
    service,
    position,
    type,
    eventId: `${service}-${position}`,
    stream: 's',
    version: 1,
    schemaVersion: 1,
    data: {},
  },
  metadata: { correlationId: 'c', causationId: null, traceparent: null },
  recordedAt: '2026-01-01T00:00:00.000Z',
});
const page = (events: WatchedEvent[], previous: string | null): EventPage => ({
  ...{ order: 'desc', events, previous, next: '0', more: previous !== null },
});
const keys = (rows: readonly { service: EventSource; position: number }[]) =>
  rows.map((row) => keyOf(row as ReturnType<typeof rowOf>));

describe('a window over the event log', () => {
  it('keeps no data of its events', () => {
    expect(Object.keys(rowOf(event('miner', 1)))).not.toContain('data');
  });

  it('takes each live event once, in front', () => {
    const first = firstWindow(page([event('wallet', 2), event('wallet', 1)], null));
    const grown = withNewer(withNewer(first, rowOf(event('wallet', 3))), rowOf(event('wallet', 3)));
    expect(keys(grown.rows)).toEqual(['wallet:3', 'wallet:2', 'wallet:1']);
    expect(grown).toMatchObject({ older: null, atNewest: true });
  });

  it('drops the oldest for a live event, and asks for them again by the cursor', () => {
    const first = firstWindow(page([event('wallet', 5), event('miner', 4), event('wallet', 4)], 'wallet=3,miner=3'));
    const grown = [event('wallet', 6), event('chainstate', 9)]
      .map(rowOf)
      .reduce((held, row) => withNewer(held, row, 3), first);
    expect(keys(grown.rows)).toEqual(['chainstate:9', 'wallet:6', 'wallet:5']);
    expect(grown.older).toBe('wallet=4,miner=4');
  });

  it('names a cursor also where nothing was older before', () => {
    const first = firstWindow(page([event('wallet', 2), event('wallet', 1)], null));
    expect(withNewer(first, rowOf(event('wallet', 3)), 2).older).toBe('wallet=1');
  });

  it('drops the newest for an older page, and takes no live event then', () => {
    const first = firstWindow(page([event('wallet', 4), event('wallet', 3)], 'wallet=2'));
    const grown = withOlder(first, page([event('wallet', 2), event('wallet', 1)], null), 3);
    expect(keys(grown.rows)).toEqual(['wallet:3', 'wallet:2', 'wallet:1']);
    expect(grown).toMatchObject({ older: null, atNewest: false });
    expect(withNewer(grown, rowOf(event('wallet', 5)), 3)).toBe(grown);
  });

  it('lets pass what the filter names, and all where it names nothing', () => {
    const block = event('chainstate', 1, 'BlockConnected');
    expect(passes({ services: [], types: [] }, block)).toBe(true);
    expect(passes({ services: ['wallet'], types: [] }, block)).toBe(false);
    expect(passes({ services: ['chainstate'], types: ['BlockConnected'] }, block)).toBe(true);
    expect(passes({ services: [], types: ['BlockStored'] }, block)).toBe(false);
  });
});
