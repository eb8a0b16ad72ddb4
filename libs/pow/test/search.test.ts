/*
 * Both searches against each other, against blocks that Bitcoin's miners really found, and at the ends of ranges.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReferenceSearch, createSearch, createWasmSearch } from '@pocket/pow';

const ANY_TARGET = 2n ** 256n - 1n;
const NONCE_END = 4_294_967_296;

const GENESIS = {
  name: 'the genesis block',
  header: bytes(
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
      '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  ),
  target: 0xffffn << 208n,
  nonce: 2_083_236_893,
  hash: 0x000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26fn,
};
const BLOCK_100000 = {
  name: 'block 100,000',
  header: bytes(
    '0100000050120119172a610421a6c3011dd330d9df07b63616c2cc1f1cd00200000000006657a9252aacd5c0b2940996ecff9522' +
      '28c3067cc38d4885efb5a4ac4247e9f337221b4d4c86041b0f2b5710',
  ),
  target: 0x04864cn << 192n,
  nonce: 274_148_111,
  hash: 0x000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506n,
};

const searches = [await createWasmSearch(), createReferenceSearch()];

describe.each(searches)('the $name search', ({ search }) => {
  it.each([GENESIS, BLOCK_100000])('finds the nonce of $name', ({ header, target, nonce }) => {
    expect(search(header, target, nonce - 200, nonce + 200)).toBe(nonce);
  });

  it.each([GENESIS, BLOCK_100000])('takes the hash of $name itself as a target, but nothing below', (block) => {
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
});

it('both searches find the same nonce in any header, at any target, in any range', () => {
  const [wasm, reference] = searches;
  const header = fc.uint8Array({ minLength: 80, maxLength: 80 });
  const target = fc.integer({ min: 0, max: 255 }).chain((bits) => fc.bigInt(0n, ANY_TARGET >> BigInt(bits)));
  const range = fc.tuple(fc.integer({ min: 0, max: NONCE_END }), fc.integer({ min: 0, max: 150 }));
  fc.assert(
    fc.property(header, target, range, (header, target, [from, length]) => {
      const to = Math.min(from + length, NONCE_END);
      expect(wasm?.search(header, target, from, to)).toBe(reference?.search(header, target, from, to));
    }),
  );
});

it('createSearch chooses WebAssembly where the runtime has it', async () => {
  expect((await createSearch()).name).toBe('wasm');
});

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
