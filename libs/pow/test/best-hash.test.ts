/*
 * The best hash of a range, against every hash of it, one after another; that it changes nothing about what is found; and
 * that a kernel is interrupted for it as seldom as the logarithm says.
 */
import { describe, expect, it } from 'vitest';
import { doubleSha256 } from '@pocket/crypto';
import { createReferenceSearch, createSimdSearch, createWasmSearch, searchWithBest, type BestNonce } from '@pocket/pow';
import { GENESIS } from './bitcoin-blocks.ts';

const NEVER = 0n;
const SEARCHES = [createReferenceSearch(), await createSimdSearch(), await createWasmSearch()];

function hashOf(header: Uint8Array, nonce: number): bigint {
  const bytes = Uint8Array.from(header);
  new DataView(bytes.buffer).setUint32(76, nonce, true);
  return BigInt(`0x${Buffer.from(doubleSha256(bytes)).reverse().toString('hex')}`);
}

/** Each nonce in [from, to) that is better than all before it. */
function recordsOf(header: Uint8Array, from: number, to: number): BestNonce[] {
  const records: BestNonce[] = [];
  for (let nonce = from; nonce < to; nonce++) {
    const hash = hashOf(header, nonce);
    if (hash < (records.at(-1)?.hash ?? 2n ** 256n)) records.push({ nonce, hash });
  }
  return records;
}

describe.each(SEARCHES)('the best hash by the $name search', ({ search }) => {
  it('is the lowest of all, and each record on the way to it is told', () => {
    const records = recordsOf(GENESIS.header, 1_000, 6_000);
    const told: BestNonce[] = [];
    const range = [GENESIS.header, NEVER, 1_000, 6_000] as const;
    const { found, best } = searchWithBest(search, [...range], undefined, (record) => told.push(record));
    expect(found).toBeUndefined();
    expect(best).toEqual(records.at(-1));
    expect(told).toEqual(records);
  });

  it('goes on from what was the best before', () => {
    const first = searchWithBest(search, [GENESIS.header, NEVER, 1_000, 3_000]).best;
    const whole = searchWithBest(search, [GENESIS.header, NEVER, 1_000, 6_000]).best;
    expect(searchWithBest(search, [GENESIS.header, NEVER, 3_000, 6_000], first).best).toEqual(whole);
  });

  it('changes nothing about what is found: the smallest nonce that meets the target', () => {
    const target = 2n ** 246n;
    const found = search(GENESIS.header, target, 0, 20_000);
    expect(found).toBeDefined();
    const searched = searchWithBest(search, [GENESIS.header, target, 0, 20_000]);
    expect(searched.found).toBe(found);
    expect(searched.best).toEqual({ nonce: found, hash: hashOf(GENESIS.header, found ?? 0) });
  });

  it('of an empty range is that before it', () => {
    expect(searchWithBest(search, [GENESIS.header, NEVER, 5, 5])).toEqual({ found: undefined, best: undefined });
  });

  it('stops as the search does', () => {
    expect(searchWithBest(search, [GENESIS.header, NEVER, 0, 5_000, () => true]).best).toBeUndefined();
  });

  it('asks the search about as often as the logarithm of the range', () => {
    let asked = 0;
    searchWithBest((...range) => (asked++, search(...range)), [GENESIS.header, NEVER, 0, 20_000]);
    expect(asked).toBeGreaterThan(3);
    expect(asked).toBeLessThan(40);
  });
});
