/** The order between logs, as a table: what was recorded when and because of what, and in which order it is told. */
import { describe, expect, it } from 'vitest';
import { eventSources, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { BEGINNING, formatCursor, parseCursor } from '../src/cursor.ts';
import { walk, type Place } from '../src/merge.ts';

/** `name@milliseconds` or `name@milliseconds<cause`, in the order of its log. */
type Logs = Partial<Record<EventSource, string[]>>;

function eventsOf(logs: Logs): WatchedEvent[] {
  return Object.entries(logs).flatMap(([service, texts]) =>
    texts.map((text, index) => {
      const [, eventId = '', time = '', causationId = null] = /^(\w+)@(\d+)(?:<(\w+))?$/.exec(text) ?? [];
      return {
        service: service as EventSource,
        position: index + 1,
        eventId,
        stream: 'stream',
        version: index + 1,
        type: 'Noted',
        schemaVersion: 1,
        data: {},
        metadata: { correlationId: 'request', causationId, traceparent: null },
        recordedAt: new Date(Number(time)).toISOString(),
      };
    }),
  );
}

function told(logs: Logs, { limit = 100, incomplete = [] as string[] } = {}) {
  const all = eventsOf(logs);
  const lanes = eventSources.map((service) => {
    const events = all.filter((event) => event.service === service);
    return { service, events, complete: !incomplete.includes(service), end: events.length };
  });
  const places = new Map<string, Place[]>(all.map(({ eventId, ...place }) => [eventId, [place]]));
  const { events, at, more } = walk({ direction: 'forward', from: BEGINNING, lanes, places, limit });
  return { told: events.map(({ eventId }) => eventId).join(' '), at: formatCursor(at), more };
}

const orders: [string, Logs, string][] = [
  ['nothing', {}, ''],
  ['the earlier record first', { wallet: ['b@2'], miner: ['a@1', 'c@3'] }, 'a b c'],
  ['a log in its order, although its clock went back', { wallet: ['a@5', 'b@3'], miner: ['c@4'] }, 'c a b'],
  [
    'at the same moment the wallet, the pool, the miner, the chain',
    { chainstate: ['d@1'], miner: ['c@1'], 'tx-pool': ['b@1'], wallet: ['a@1'] },
    'a b c d',
  ],
  ['a cause before its effect of the same moment', { wallet: ['effect@1<cause'], miner: ['cause@1'] }, 'cause effect'],
  [
    'a cause before its effect, although its clock is ahead',
    { wallet: ['effect@1<cause', 'later@2'], miner: ['first@8', 'cause@9'], chainstate: ['other@7'] },
    'other first cause effect later',
  ],
  ['an effect of what is no event in its time', { wallet: ['a@2'], miner: ['b@1<elsewhere'] }, 'b a'],
];

describe('the order', () => {
  it.each(orders)('of %s', (_, logs, expected) => {
    expect(told(logs).told).toBe(expected);
  });
});

describe('a walk', () => {
  it('ends at its limit, with the place behind the last event told', () => {
    const logs = { wallet: ['a@1', 'd@4'], miner: ['b@2'], chainstate: ['c@3'] };
    expect(told(logs, { limit: 2 })).toEqual({
      told: 'a b',
      at: 'wallet=1,tx-pool=0,miner=1,chainstate=0',
      more: true,
    });
    expect(told(logs)).toEqual({ told: 'a b c d', at: 'wallet=2,tx-pool=0,miner=1,chainstate=1', more: false });
  });

  it('ends where a log must be read on, since its next event may be earlier', () => {
    const logs = { wallet: ['a@1'], miner: ['b@2', 'c@3'] };
    expect(told(logs, { incomplete: ['wallet'] })).toEqual({
      told: 'a',
      at: 'wallet=1,tx-pool=0,miner=0,chainstate=0',
      more: true,
    });
  });
});

describe('a cursor', () => {
  it.each([
    ['0', 'wallet=0,tx-pool=0,miner=0,chainstate=0'],
    ['chainstate=42,wallet=7', 'wallet=7,tx-pool=0,miner=0,chainstate=42'],
    [' wallet=7 , miner=2 ', 'wallet=7,tx-pool=0,miner=2,chainstate=0'],
  ])('%j is read', (text, formatted) => {
    expect(formatCursor(parseCursor(text) ?? BEGINNING)).toBe(formatted);
    expect(parseCursor(formatted)).toEqual(parseCursor(text));
  });

  it.each(['', ' ', ',', '1', '-1', 'wallet', 'wallet=', 'wallet=-1', 'wallet=1.5', 'wallet=1;miner=2', 'bank=1', 'x'])(
    '%j is none',
    (text) => {
      expect(parseCursor(text)).toBeUndefined();
    },
  );
});
