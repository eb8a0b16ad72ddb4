/** Every event type says in both languages what it is, and what it changes is told from its own data. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeBlock } from '@pocket/chain';
import { eventSources, eventCatalog, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { coinOf, mineOn, ownerOf, spend } from '@pocket/testkit/builders';
import { changesOf } from '../../src/features/events/event-changes.ts';
import { EVENT_TYPES } from '../../src/live/event-types.ts';

interface Words {
  events: { types: Record<string, string>; changes: Record<string, string> };
}
const wordsOf = (language: string) => {
  const file = new URL(`../../src/features/events/messages.${language}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as Words).events;
};
const [alice, bob] = [ownerOf(1), ownerOf(2)];
const payment = spend([coinOf(alice, 300n, 1), coinOf(alice, 200n, 2)], alice, [bob, 400n], [alice, 50n]);
const block = bytesToHex(encodeBlock(mineOn(undefined, alice, payment)));
const event = (service: EventSource, type: string, data: unknown): WatchedEvent => ({
  ...{ service, type, data, position: 1, eventId: 'e', stream: 's', version: 1, schemaVersion: 1 },
  metadata: { correlationId: 'c', causationId: null, traceparent: null },
  recordedAt: '2026-01-01T00:00:00.000Z',
});
/** Enough of any event's data to be told of. */
const anyData = {
  ...{
    address: 'a',
    addresses: [],
    from: 'a',
    to: 'b',
    amount: '1',
    fee: '1',
    txid: 't',
    height: 1,
    nonce: 1,
    mode: 'm',
  },
  ...{ blockHash: 'h', network: 'n', reason: { code: 'c', message: 'm' }, transactionCount: 1, reconsidered: [] },
  block,
};

describe('what events changed', () => {
  it.each(['en', 'de'])('is there in words for every type in %s', (language) => {
    const { types, changes } = wordsOf(language);
    expect(Object.keys(types).sort()).toEqual([...EVENT_TYPES].sort());
    const told = eventSources.flatMap((service) =>
      Object.keys(eventCatalog[service]).flatMap((type) => changesOf(event(service, type, anyData))),
    );
    expect([...new Set(told.map(({ key }) => key))].sort()).toEqual(Object.keys(changes).sort());
    for (const { key, values, amounts } of told) {
      const named = [...(changes[key] ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(named.sort()).toEqual(Object.keys({ ...values, ...amounts }).sort());
    }
  });

  it('counts the coins of a block', () => {
    const [rose, coins] = changesOf(event('chainstate', 'BlockConnected', { ...anyData, height: 7 }));
    expect(rose).toMatchObject({ key: 'tipRose', values: { height: 7 } });
    expect(coins).toMatchObject({ key: 'coinsMade', values: { made: 3, spent: 2 } });
  });

  it('is nothing for a hash of the tables', () => {
    expect(changesOf(event('wallet', 'StateHashed', {}))).toEqual([]);
  });
});
