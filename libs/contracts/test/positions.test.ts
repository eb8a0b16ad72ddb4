/** The positions header: what it says and what it refuses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventSources,
  formatPositions,
  mergePositions,
  parsePositions,
  raisePosition,
  type Positions,
} from '../src/index.ts';

const anyPositions: fc.Arbitrary<Positions> = fc.dictionary(
  fc.constantFrom(...eventSources),
  fc.integer({ min: 0, max: 999_999_999_999_999 }),
  { noNullPrototype: true },
);

describe('positions', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(anyPositions, (positions) => {
        expect(parsePositions(formatPositions(positions))).toEqual(positions);
      }),
    );
  });

  it.each([
    [undefined, {}],
    ['', {}],
    ['chainstate=42', { chainstate: 42 }],
    [' chainstate=42 , wallet=7 ', { chainstate: 42, wallet: 7 }],
    ['tx-pool=0,,', { 'tx-pool': 0 }],
    ['wallet=7,wallet=5', { wallet: 7 }],
  ])('%j reads as %j', (text, positions) => {
    expect(parsePositions(text)).toEqual(positions);
  });

  it.each([
    'chainstate',
    'chainstate=',
    'chainstate=-1',
    'chainstate=1.5',
    'chainstate=1e3',
    'chainstate=9999999999999999',
    'somebody=1',
    'gateway=1',
    '=1',
    'chainstate=1;wallet=2',
    'constructor=1',
    'chainstate=１',
  ])('%j is malformed', (text) => {
    expect(parsePositions(text)).toBeUndefined();
  });

  it('of any text are read or refused, never an exception and never a position that is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const position of Object.values(parsePositions(text) ?? {}))
          expect(Number.isSafeInteger(position) && position >= 0).toBe(true);
      }),
    );
  });

  it('never fall', () => {
    const positions: Positions = { wallet: 7 };
    raisePosition(positions, 'wallet', 5);
    raisePosition(positions, 'miner', 1);
    expect(positions).toEqual({ wallet: 7, miner: 1 });
  });

  it('merge to the highest of both, in whatever order', () => {
    fc.assert(
      fc.property(anyPositions, anyPositions, (left, right) => {
        const [one, other] = [{ ...left }, { ...right }];
        mergePositions(one, right);
        mergePositions(other, left);
        expect(one).toEqual(other);
        for (const source of eventSources)
          expect(one[source] ?? -1).toBe(Math.max(left[source] ?? -1, right[source] ?? -1));
      }),
    );
  });
});
