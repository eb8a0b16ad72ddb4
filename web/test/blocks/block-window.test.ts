/** Which heights are loaded for the rows in sight. */
import { expect, it } from 'vitest';
import { heightsInSight } from '../../src/features/blocks/block-window.ts';

it.each([
  ['the newest rows', 9_999, 0, 20, { from: 9_975, limit: 25 }],
  ['rows over a step', 9_999, 20, 40, { from: 9_950, limit: 50 }],
  ['the oldest rows', 9_999, 9_980, 9_999, { from: 0, limit: 25 }],
  ['a short chain', 3, 0, 3, { from: 0, limit: 25 }],
  ['rows that are not there any more', 3, 50, 60, { from: 0, limit: 25 }],
])('%s: a tip of %i, rows %i to %i', (_what, tip, first, last, expected) => {
  expect(heightsInSight(tip, first, last)).toEqual(expected);
});
