/*
 * The searches against each other, against blocks that Bitcoin's miners really found, and at the ends of ranges, where
 * lanes could find a nonce too far, or not the lowest. The native ones run where there is a C compiler.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doubleSha256 } from '@pocket/crypto';
import { createReferenceSearch, createSimdSearch, createWasmSearch, type Search } from '@pocket/pow';
import { BLOCKS, GENESIS } from './bitcoin-blocks.ts';
import { nativeCases } from './native.ts';

const ANY_TARGET = 2n ** 256n - 1n;
const NONCE_END = 4_294_967_296;
const SEED = 20_261;

const reference = createReferenceSearch();
const wasmSearches = [await createSimdSearch(), await createWasmSearch()];

describe.each([...wasmSearches, reference])('the $name search', ({ search }) => {
  findsAndStops(search);
});

describe.each(wasmSearches)('the $name search does as the reference', ({ search }) => {
  agreesWithTheReference(search);
});

for (const { kernel, nonceSearch, whyNot } of nativeCases) {
  describe.skipIf(nonceSearch === undefined)(`the native-${kernel} search${whyNot}`, () => {
    const search: Search = (...asked) => {
      if (nonceSearch === undefined) throw new Error(whyNot);
      return nonceSearch.search(...asked);
    };
    findsAndStops(search);
    describe('does as the reference', () => {
      agreesWithTheReference(search);
    });
  });
}

function findsAndStops(search: Search): void {
  it.each(BLOCKS)('finds the nonce of $name', ({ header, target, nonce }) => {
    expect(search(header, target, nonce - 200, nonce + 200)).toBe(nonce);
  });

  it.each(BLOCKS)('takes the hash of $name itself as a target, but nothing below', (block) => {
    expect(search(block.header, block.hash, block.nonce, block.nonce + 1)).toBe(block.nonce);
    expect(search(block.header, block.hash - 1n, block.nonce, block.nonce + 1)).toBeUndefined();
  });

  it.each([
    ['a target of 0 is never met', 0n, 0, 500, undefined],
    ['the highest target is met at once', ANY_TARGET, 7, 500, 7],
    ['a range of one nonce', ANY_TARGET, 12_345, 12_346, 12_345],
    ['an empty range', ANY_TARGET, 5, 5, undefined],
    ['a range that ends before it begins', ANY_TARGET, 6, 5, undefined],
    ['the last nonce of all', ANY_TARGET, NONCE_END - 1, NONCE_END, NONCE_END - 1],
    ['nothing behind the last nonce', ANY_TARGET, NONCE_END, NONCE_END, undefined],
    ['nothing up to the last nonce', 0n, NONCE_END - 100, NONCE_END, undefined],
  ])('%s', (_case, target, from, to, expected) => {
    expect(search(GENESIS.header, target, from, to)).toBe(expected);
  });

  it('leaves out the end of its range and what lies behind it', () => {
    const { header, target, nonce } = GENESIS;
    expect(search(header, target, nonce - 50, nonce)).toBeUndefined();
    expect(search(header, target, nonce + 1, nonce + 50)).toBeUndefined();
  });

  it.each(BLOCKS)('finds the nonce of $name wherever it lies in a short range, and never behind the end', (block) => {
    const { header, target, nonce } = block;
    for (let before = 0; before < 17; before++) {
      for (let after = 1; after < 17; after++) {
        expect(search(header, target, nonce - before, nonce + after)).toBe(nonce);
      }
      expect(search(header, target, nonce - before, nonce)).toBeUndefined();
    }
  });

  it('gives the lowest nonce of several in one short range', () => {
    for (let length = 1; length < 18; length++) {
      expect(search(GENESIS.header, ANY_TARGET, 1_000, 1_000 + length)).toBe(1_000);
      expect(search(GENESIS.header, ANY_TARGET, NONCE_END - length, NONCE_END)).toBe(NONCE_END - length);
      expect(search(GENESIS.header, 0n, NONCE_END - length, NONCE_END)).toBeUndefined();
    }
  });

  it('goes on in a second run of nonces and ends in the last one', () => {
    const { header, target, nonce } = GENESIS;
    expect(search(header, target, nonce - 10_000, nonce + 1)).toBe(nonce);
    expect(search(header, target, nonce - 10_000, nonce)).toBeUndefined();
  });

  it('answers for the header and the target it is asked about now', () => {
    for (const { header, target, nonce } of [...BLOCKS, ...BLOCKS]) {
      expect(search(header, target, nonce, nonce + 1)).toBe(nonce);
      expect(search(header, 0n, nonce, nonce + 1)).toBeUndefined();
    }
  });

  it('does not change the header', () => {
    const header = Uint8Array.from(GENESIS.header);
    search(header, 0n, 0, 100);
    expect(header).toEqual(GENESIS.header);
  });

  it('stops between two runs of nonces when it is told to', () => {
    let asked = 0;
    expect(search(GENESIS.header, 0n, 0, NONCE_END, () => ++asked > 3)).toBeUndefined();
    expect(asked).toBe(4);
  });

  it.each([
    ['header', new Uint8Array(79), 1n, 0, 1],
    ['header', new Uint8Array(81), 1n, 0, 1],
    ['target', GENESIS.header, -1n, 0, 1],
    ['target', GENESIS.header, ANY_TARGET + 1n, 0, 1],
    ['from', GENESIS.header, 1n, -1, 1],
    ['from', GENESIS.header, 1n, 0.5, 1],
    ['to', GENESIS.header, 1n, 0, NONCE_END + 1],
    ['to', GENESIS.header, 1n, 0, Number.NaN],
  ])('names the argument %s when it is out of bounds', (name, header, target, from, to) => {
    expect(() => search(header, target, from, to)).toThrow(RangeError);
    expect(() => search(header, target, from, to)).toThrow(name);
  });
}

function agreesWithTheReference(search: Search): void {
  const header = fc.uint8Array({ minLength: 80, maxLength: 80 });
  const nonce = fc.oneof(
    fc.integer({ min: 0, max: NONCE_END - 1 }),
    fc.integer({ min: NONCE_END - 17, max: NONCE_END - 1 }),
  );
  const target = fc.integer({ min: 0, max: 12 }).chain((bits) => fc.bigInt(0n, ANY_TARGET >> BigInt(bits)));

  const agrees = (header: Uint8Array, target: bigint, from: number, length: number): void => {
    const to = Math.min(from + length, NONCE_END);
    expect(search(header, target, from, to)).toBe(reference.search(header, target, from, to));
  };

  it('in any header, at any target, in any range', () => {
    const length = fc.integer({ min: 0, max: 150 });
    fc.assert(fc.property(header, target, nonce, length, agrees), { seed: SEED, numRuns: 200 });
  });

  it('in ranges of 0 to 17 nonces', () => {
    const length = fc.integer({ min: 0, max: 17 });
    fc.assert(fc.property(header, target, nonce, length, agrees), { seed: SEED, numRuns: 500 });
  });

  it('at targets that begin as a hash does: the hash itself is met, the number below it is not', () => {
    const property = fc.property(header, nonce, (header, nonce) => {
      const hash = hashOf(header, nonce);
      expect(search(header, hash, nonce, nonce + 1)).toBe(nonce);
      expect(search(header, hash - 1n, nonce, nonce + 1)).toBeUndefined();
      agrees(header, hash - 1n, nonce, 30);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });
}

/** As a number: the hash's last byte is its most significant. */
function hashOf(header: Uint8Array, nonce: number): bigint {
  const candidate = Buffer.from(header);
  candidate.writeUInt32LE(nonce, 76);
  return BigInt(`0x${Buffer.from(doubleSha256(candidate)).reverse().toString('hex')}`);
}
