/** A window of stops stays bounded, and knows its place in the whole. */
import { describe, expect, it } from 'vitest';
import { BEGINNING, behind, before, countOf, guessAt, type Cursor } from '../../src/features/rewind/cursor.ts';
import { distanceTo, emptyAt, stopAt, stopOf, withPage } from '../../src/features/rewind/stop-window.ts';
import { historyOf } from './history.ts';

const sources = ['wallet', 'chainstate', 'tx-pool'] as const;
const { head, events } = historyOf(Array.from({ length: 900 }, (_, index) => sources[index % 3] ?? 'wallet'));

describe('a window of stops', () => {
  it('grows forward, forgets what is furthest, and counts on', () => {
    const window = withPage(withPage(emptyAt(BEGINNING), { order: 'asc', events: events.slice(0, 500) }), {
      order: 'asc',
      events: events.slice(500),
    });
    expect(window.stops).toHaveLength(600);
    expect([countOf(window.older), countOf(window.newer)]).toEqual([300, 900]);
    expect(stopAt(window, 301)?.type).toBe('Type301');
    expect(stopAt(window, 300)).toBeUndefined();
    expect(stopAt(window, 901)).toBeUndefined();
  });

  it('grows backward in the same way', () => {
    const newest = [...events].reverse();
    const window = withPage(withPage(emptyAt(head), { order: 'desc', events: newest.slice(0, 500) }), {
      order: 'desc',
      events: newest.slice(500),
    });
    expect(window.stops).toHaveLength(600);
    expect([countOf(window.older), countOf(window.newer)]).toEqual([0, 600]);
    expect(stopOf(window, { service: 'wallet', position: 1 })?.index).toBe(1);
    expect(stopOf(window, { service: 'wallet', position: 201 })).toBeUndefined();
  });

  it('says how far an event is from it', () => {
    const window = withPage(emptyAt(BEGINNING), { order: 'asc', events: events.slice(0, 10) });
    expect([1, 10, 11, 30].map((index) => distanceTo(window, index))).toEqual([0, 0, 1, 20]);
    expect(distanceTo(emptyAt(head), 898)).toBe(3);
  });
});

describe('a cursor', () => {
  const cursor: Cursor = { wallet: 2, 'tx-pool': 3, miner: 0, chainstate: 5 };

  it('counts the events before it', () => {
    expect([countOf(BEGINNING), countOf(cursor)]).toEqual([0, 10]);
    expect(countOf(behind(cursor, { service: 'miner', position: 1 }))).toBe(11);
    expect(countOf(before(cursor, { service: 'wallet', position: 2 }))).toBe(9);
  });

  it('guesses inside the longest log between two places, never at their ends', () => {
    expect(guessAt(BEGINNING, cursor, 5)).toEqual({ service: 'chainstate', position: 3 });
    expect(guessAt(BEGINNING, cursor, 0)).toEqual({ service: 'chainstate', position: 1 });
    expect(guessAt(BEGINNING, cursor, 10)).toEqual({ service: 'chainstate', position: 4 });
    expect(guessAt(cursor, cursor, 10)).toBeUndefined();
    expect(guessAt(BEGINNING, { ...BEGINNING, wallet: 1 }, 1)).toBeUndefined();
  });
});
