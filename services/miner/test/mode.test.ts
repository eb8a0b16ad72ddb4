/** The miner's mode: what may be asked for, with the sentence for what may not, and what is recorded of it. */
import { describe, expect, it } from 'vitest';
import type { MiningMode, MiningModeRequest } from '@pocket/contracts';
import { completeMode, decideMode, MANUAL, type ModeState } from '../src/domain/mode.ts';

const address = 'mine';

describe('completeMode', () => {
  it.each<[MiningModeRequest, MiningMode]>([
    [{ mode: 'manual' }, { mode: 'manual', address: null, maxTransactions: null, intervalSeconds: null }],
    [
      { mode: 'on-transaction', address },
      { mode: 'on-transaction', address, maxTransactions: 10_000, intervalSeconds: null },
    ],
    [
      { mode: 'interval', address, intervalSeconds: 5, maxTransactions: 0 },
      { mode: 'interval', address, maxTransactions: 0, intervalSeconds: 5 },
    ],
    [
      { mode: 'continuous', address, maxTransactions: 7 },
      { mode: 'continuous', address, maxTransactions: 7, intervalSeconds: null },
    ],
  ])('%j', (request, mode) => {
    expect(completeMode(request)).toEqual(mode);
    // What is read may be set again as it is.
    expect(completeMode(mode)).toEqual(mode);
  });

  it.each<[MiningModeRequest, RegExp]>([
    [{ mode: 'manual', address }, /the mode manual takes nothing else/],
    [{ mode: 'manual', maxTransactions: 3 }, /the mode manual takes nothing else/],
    [{ mode: 'manual', intervalSeconds: 3 }, /intervalSeconds belongs to the mode interval, not to manual/],
    [{ mode: 'manual', address: null, maxTransactions: 0 }, /the mode manual takes nothing else/],
    [{ mode: 'interval', address, intervalSeconds: null }, /needs intervalSeconds/],
    [{ mode: 'continuous', address: null }, /needs the address/],
    [{ mode: 'continuous' }, /the mode continuous needs the address/],
    [{ mode: 'continuous', address, intervalSeconds: 1 }, /not to continuous/],
    [{ mode: 'interval', address }, /needs intervalSeconds, 1 to 86400/],
    [{ mode: 'on-transaction', address, maxTransactions: 0 }, /maxTransactions of at least 1/],
  ])('refuses %j', (request, sentence) => expect(completeMode(request)).toMatch(sentence));
});

describe('decideMode', () => {
  const interval: MiningMode = { mode: 'interval', address, maxTransactions: 5, intervalSeconds: 2 };

  it('records a mode that is another, with all that belongs to it', () => {
    const state: ModeState = { mode: MANUAL, version: 0 };
    const { events, reply } = decideMode({ type: 'SetMode', mode: interval }, state);
    expect(events).toEqual([{ type: 'MiningModeSet', stream: 'mode', schemaVersion: 1, data: interval }]);
    expect(reply).toEqual(interval);
    expect(state.mode).toEqual(interval);
  });

  it.each([
    ['address', 'other'],
    ['maxTransactions', 6],
    ['intervalSeconds', 3],
  ])('records another %s', (field, value) => {
    const mode = { ...interval, [field]: value };
    expect(decideMode({ type: 'SetMode', mode }, { mode: interval, version: 1 }).events).toHaveLength(1);
  });

  it('records nothing where nothing changes', () => {
    expect(decideMode({ type: 'SetMode', mode: interval }, { mode: interval, version: 1 }).events).toEqual([]);
  });
});
