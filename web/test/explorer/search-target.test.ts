/** What a searched text can be. */
import { expect, it } from 'vitest';
import { ownerOf } from '@pocket/testkit/builders';
import { searchTarget } from '../../src/features/explorer/search-target.ts';

const { address } = ownerOf(1);

it.each([
  ['0', { kind: 'height', height: 0 }],
  [' 2147483647 ', { kind: 'height', height: 2_147_483_647 }],
  ['2147483648', { kind: 'nothing' }],
  ['AB'.repeat(32), { kind: 'hash', hash: 'ab'.repeat(32) }],
  [address, { kind: 'address', address }],
  ['alice', { kind: 'nothing' }],
  ['', { kind: 'nothing' }],
])('%j is %j', (text, target) => {
  expect(searchTarget(text)).toEqual(target);
});

it('says why what looks like an address is none', () => {
  const wrong = address.slice(0, -1) + (address.endsWith('1') ? '2' : '1');
  expect(searchTarget(wrong)).toEqual({ kind: 'nothing', why: expect.stringMatching(/checksum/i) as string });
});
