/*
 * The pieces of SHA-256 (FIPS 180-4) that the nonce search is made of, for one word or four side by side (words.ts).
 * Not a hash function: who calls them knows its message so well that much of it is computed beforehand.
 */
import { add, and, loadSplat, rotations, setWord, shiftAndRotations, word, xor } from './words';

/** Round constants: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
// prettier-ignore
export const K: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);

/** The initial state: the same of the square roots of the first eight primes. */
// prettier-ignore
export const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

@inline function bigSigma0<T>(x: T): T {
  return rotations<T>(x, 2, 13, 22);
}
@inline function bigSigma1<T>(x: T): T {
  return rotations<T>(x, 6, 11, 25);
}
@inline export function smallSigma0<T>(x: T): T {
  return shiftAndRotations<T>(x, 3, 7, 18);
}
@inline export function smallSigma1<T>(x: T): T {
  return shiftAndRotations<T>(x, 10, 17, 19);
}
@inline function choice<T>(e: T, f: T, g: T): T {
  return xor<T>(g, and<T>(e, xor<T>(f, g)));
}
/** A round's T1, with its word of the schedule and the round constant number `index` from `k` on. */
@inline function t1<T>(e: T, f: T, g: T, h: T, w: T, k: usize, index: u32): T {
  return add<T>(add<T>(add<T>(h, w), loadSplat<T>(k, index)), add<T>(choice<T>(e, f, g), bigSigma1<T>(e)));
}
/** A round's T2, its majority as b ^ ((a ^ b) & (b ^ c)): the round before has computed `bc` as its `ab`. */
@inline function t2<T>(a: T, b: T, ab: T, bc: T): T {
  return add<T>(bigSigma0<T>(a), xor<T>(b, and<T>(ab, bc)));
}

/** So many words behind a schedule's beginning begin the older halves of its words' formulas, where they are constant. */
export const HALVES: u32 = 64;

/** Where rounds take their words of the schedule from. */
export const enum Words {
  /** They are there. */
  READY,
  /** They are made on the way; the older halves of their formulas are there, HALVES words behind their places. */
  RECENT,
  /** They are made on the way. */
  MADE,
}

/**
 * Four rounds `times` times from round `first` on, from the state at `from` to the one at `to`. The words are made in between
 * the rounds, so that the processor finds work of the one while it waits for the other. Instead of moving eight variables a
 * round, the lines rotate their names; after four of them the two halves of the state change places.
 */
@inline export function fourRounds<T>(from: usize, to: usize, schedule: usize, first: u32, times: u32, words: Words): void {
  const size: u32 = sizeof<T>();
  let a = word<T>(from, 0), b = word<T>(from, 1), c = word<T>(from, 2), d = word<T>(from, 3);
  let e = word<T>(from, 4), f = word<T>(from, 5), g = word<T>(from, 6), h = word<T>(from, 7);
  let odd: T, even = xor<T>(b, c), swapped: T;
  let w = schedule + (first - 16) * size, k = K + (first << 2);
  for (const end = w + 4 * size * times; w < end; w += 4 * size, k += 16) {
    h = t1<T>(e, f, g, h, taken<T>(w, 0, words), k, 0); d = add<T>(d, h);
    odd = xor<T>(a, b); h = add<T>(h, t2<T>(a, b, odd, even));
    g = t1<T>(d, e, f, g, taken<T>(w, 1, words), k, 1); c = add<T>(c, g);
    even = xor<T>(h, a); g = add<T>(g, t2<T>(h, a, even, odd));
    f = t1<T>(c, d, e, f, taken<T>(w, 2, words), k, 2); b = add<T>(b, f);
    odd = xor<T>(g, h); f = add<T>(f, t2<T>(g, h, odd, even));
    e = t1<T>(b, c, d, e, taken<T>(w, 3, words), k, 3); a = add<T>(a, e);
    even = xor<T>(f, g); e = add<T>(e, t2<T>(f, g, even, odd));
    swapped = a; a = e; e = swapped; swapped = b; b = f; f = swapped;
    swapped = c; c = g; g = swapped; swapped = d; d = h; h = swapped;
  }
  setWord<T>(to, 0, a); setWord<T>(to, 1, b); setWord<T>(to, 2, c); setWord<T>(to, 3, d);
  setWord<T>(to, 4, e); setWord<T>(to, 5, f); setWord<T>(to, 6, g); setWord<T>(to, 7, h);
}

/** What e is after four more rounds from round `first` on: all that matters of them to whoever needs no other word. */
@inline export function fourRoundsToE<T>(from: usize, schedule: usize, first: u32): T {
  const size: u32 = sizeof<T>();
  const a = word<T>(from, 0), b = word<T>(from, 1), c = word<T>(from, 2), d = word<T>(from, 3);
  const e = word<T>(from, 4), f = word<T>(from, 5), g = word<T>(from, 6), h = word<T>(from, 7);
  const w = schedule + (first - 16) * size, k = K + (first << 2);
  const e1 = add<T>(d, t1<T>(e, f, g, h, taken<T>(w, 0, Words.MADE), k, 0));
  const e2 = add<T>(c, t1<T>(e1, e, f, g, taken<T>(w, 1, Words.MADE), k, 1));
  const e3 = add<T>(b, t1<T>(e2, e1, e, f, taken<T>(w, 2, Words.MADE), k, 2));
  return add<T>(a, t1<T>(e3, e2, e1, e, taken<T>(w, 3, Words.MADE), k, 3));
}

/** The schedule's word 16 + `index` behind `before`: so all addresses it is made of lie ahead, and are part of the instructions. */
@inline function taken<T>(before: usize, index: u32, words: Words): T {
  if (words == Words.READY) return word<T>(before, 16 + index);
  const older = words == Words.RECENT ? word<T>(before, 16 + HALVES + index) : olderHalf<T>(before, index);
  const made = add<T>(recentHalf<T>(before, index), older);
  setWord<T>(before, 16 + index, made);
  return made;
}

/** The newer half of its formula. */
@inline function recentHalf<T>(before: usize, index: u32): T {
  return add<T>(smallSigma1<T>(word<T>(before, 14 + index)), word<T>(before, 9 + index));
}
/** The older half of it. */
@inline export function olderHalf<T>(before: usize, index: u32): T {
  return add<T>(smallSigma0<T>(word<T>(before, 1 + index)), word<T>(before, index));
}

/** Rounds `first` to before `end` on the state at `state`, one by one: for what happens once a header. */
export function someRounds(state: usize, schedule: usize, first: u32, end: u32): void {
  for (let t = first; t < end; t++) {
    const a = word<u32>(state, 0), b = word<u32>(state, 1), c = word<u32>(state, 2);
    const e = word<u32>(state, 4), f = word<u32>(state, 5), g = word<u32>(state, 6), h = word<u32>(state, 7);
    const sum = t1<u32>(e, f, g, h, word<u32>(schedule, t), K, t);
    memory.copy(state + 4, state, 28);
    setWord<u32>(state, 4, word<u32>(state, 4) + sum);
    setWord<u32>(state, 0, sum + t2<u32>(a, b, a ^ b, b ^ c));
  }
}

/** Words `first` to before `end` of a message schedule, likewise. */
export function expand(schedule: usize, first: u32, end: u32): void {
  for (let t = first; t < end; t++) taken<u32>(schedule + ((t - 16) << 2), 0, Words.MADE);
}
