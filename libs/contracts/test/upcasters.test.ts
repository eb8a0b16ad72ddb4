/** Events of any age: lifted version by version, then checked. With made-up later versions, as none exists yet. */
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { createEventReader, eventCatalog, readEvent, UnreadableEventError, upcasters } from '../src/index.ts';

const cleared = { type: 'PoolCleared', schemaVersion: 1, data: { chainId: 'chain-1' } };

describe('readEvent', () => {
  it('reads what fits', () => {
    expect(readEvent('tx-pool', cleared)).toEqual({ type: 'PoolCleared', data: { chainId: 'chain-1' } });
  });

  it.each([
    ['an unknown type', { ...cleared, type: 'PoolEmptied' }, 'tx-pool has no event type PoolEmptied'],
    ['a word every object knows', { ...cleared, type: 'constructor' }, 'tx-pool has no event type constructor'],
    [
      'a newer version',
      { ...cleared, schemaVersion: 2 },
      'PoolCleared version 2 is newer than this code, which reads up to 1',
    ],
    ['a version before the first', { ...cleared, schemaVersion: 0 }, 'PoolCleared version 0 has no upcaster'],
    ['data that does not fit', { ...cleared, data: { chainId: 5 } }, 'PoolCleared/chainId must be string'],
    ['no data', { ...cleared, data: null }, 'PoolCleared must be object'],
  ])('refuses %s by name', (_, event, message) => {
    expect(() => readEvent('tx-pool', event)).toThrow(UnreadableEventError);
    expect(() => readEvent('tx-pool', event)).toThrow(message);
  });

  it('does not take an event of one source for another’s', () => {
    expect(() => readEvent('wallet', cleared)).toThrow('wallet has no event type PoolCleared');
  });
});

describe('upcasters', () => {
  const data = Type.Object({ chainId: Type.String(), reason: Type.String(), by: Type.Integer() });
  const catalog = { ...eventCatalog, 'tx-pool': { PoolCleared: { schemaVersion: 3, data } } };
  const lifts = {
    ...upcasters,
    'tx-pool': {
      PoolCleared: {
        1: (old: Record<string, unknown>) => ({ ...old, reason: 'unknown' }),
        2: (old: Record<string, unknown>) => ({ ...old, by: 0 }),
      },
    },
  };
  const read = createEventReader(catalog, lifts);

  it.each([
    [1, { chainId: 'chain-1' }],
    [2, { chainId: 'chain-1', reason: 'unknown' }],
    [3, { chainId: 'chain-1', reason: 'unknown', by: 0 }],
  ])('lift version %i step by step', (schemaVersion, stored) => {
    expect(read('tx-pool', { type: 'PoolCleared', schemaVersion, data: stored }).data).toEqual({
      chainId: 'chain-1',
      reason: 'unknown',
      by: 0,
    });
  });

  it('leave the stored event as it was', () => {
    read('tx-pool', cleared);
    expect(cleared.data).toEqual({ chainId: 'chain-1' });
  });

  it('are missed by name', () => {
    const gap = createEventReader(catalog, upcasters);
    expect(() => gap('tx-pool', cleared)).toThrow('PoolCleared version 1 has no upcaster to version 2');
  });

  it('are not believed: what they make is checked', () => {
    const broken = createEventReader(catalog, {
      ...lifts,
      'tx-pool': { PoolCleared: { 1: () => ({}), 2: () => ({}) } },
    });
    expect(() => broken('tx-pool', cleared)).toThrow(UnreadableEventError);
  });

  it('stand for nothing that has no definition', () => {
    for (const [source, types] of Object.entries(upcasters))
      for (const type of Object.keys(types)) expect(Object.keys(eventCatalog[source as 'wallet'])).toContain(type);
  });
});
