/** Chance that can be had again: every choice of a test follows from one printed seed, which TEST_SEED sets. */

export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  /** One of the items. Throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T;
  bytes(length: number): Uint8Array;
}

const SEEDS = 2 ** 32;

/** The seed of TEST_SEED, else a new one, printed with the name of who uses it. */
export function printedSeed(user: string): number {
  const given = process.env['TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * SEEDS) : Number(given) >>> 0;
  process.stdout.write(`${user}: TEST_SEED=${seed} makes the same choices again\n`);
  return seed;
}

/** The generator of a seed, 32 bits. Not for secrets. */
export function randomOf(seed: number): Random {
  const next = mulberry32(seed);
  const below = (bound: number): number => Math.floor((next() / SEEDS) * bound);
  return {
    below,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('pick: there is nothing to choose from');
      return items[below(items.length)] as (typeof items)[number];
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}

/** Tommy Ettinger's Mulberry32: a period of 2^32, good enough for choices. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
