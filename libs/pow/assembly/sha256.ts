/*
 * The pieces of SHA-256 (FIPS 180-4) that the nonce search is made of, for one word or four side by side (words.ts).
 * Not a hash function: who calls them knows its message so well that much of it is computed beforehand.
 */
import { add, and, loadSplat, rotateRight, setWord, shiftRight, word, xor } from './words';

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
  return xor<T>(xor<T>(rotateRight<T>(x, 2), rotateRight<T>(x, 13)), rotateRight<T>(x, 22));
}
@inline function bigSigma1<T>(x: T): T {
  return xor<T>(xor<T>(rotateRight<T>(x, 6), rotateRight<T>(x, 11)), rotateRight<T>(x, 25));
}
@inline export function smallSigma0<T>(x: T): T {
  return xor<T>(xor<T>(rotateRight<T>(x, 7), rotateRight<T>(x, 18)), shiftRight<T>(x, 3));
}
@inline export function smallSigma1<T>(x: T): T {
  return xor<T>(xor<T>(rotateRight<T>(x, 17), rotateRight<T>(x, 19)), shiftRight<T>(x, 10));
}
@inline function choice<T>(e: T, f: T, g: T): T {
  return xor<T>(g, and<T>(e, xor<T>(f, g)));
}
/** A round's T1: `w` and `k` are addresses of its schedule word and constant. */
@inline export function t1<T>(e: T, f: T, g: T, h: T, w: usize, k: usize): T {
  return add<T>(add<T>(add<T>(h, load<T>(w)), loadSplat<T>(k)), add<T>(choice<T>(e, f, g), bigSigma1<T>(e)));
}
/** A round's T2, its majority as b ^ ((a ^ b) & (b ^ c)): the round before has computed `bc` as its `ab`. */
@inline function t2<T>(a: T, b: T, ab: T, bc: T): T {
  return add<T>(bigSigma0<T>(a), xor<T>(b, and<T>(ab, bc)));
}

/**
 * Sixty rounds from round `first` on, from the state at `from` to the one at `to`. Instead of moving eight variables a
 * round, the lines rotate their names; after four of them the two halves of the state change places.
 */
export function sixtyRounds<T>(from: usize, to: usize, schedule: usize, first: u32): void {
  const size: u32 = sizeof<T>();
  let a = word<T>(from, 0), b = word<T>(from, 1), c = word<T>(from, 2), d = word<T>(from, 3);
  let e = word<T>(from, 4), f = word<T>(from, 5), g = word<T>(from, 6), h = word<T>(from, 7);
  let odd: T, even = xor<T>(b, c), swapped: T;
  let w = schedule + first * size, k = K + (first << 2);
  for (let fours = 0; fours < 15; fours++, w += 4 * size, k += 16) {
    h = t1<T>(e, f, g, h, w, k); d = add<T>(d, h);
    odd = xor<T>(a, b); h = add<T>(h, t2<T>(a, b, odd, even));
    g = t1<T>(d, e, f, g, w + size, k + 4); c = add<T>(c, g);
    even = xor<T>(h, a); g = add<T>(g, t2<T>(h, a, even, odd));
    f = t1<T>(c, d, e, f, w + 2 * size, k + 8); b = add<T>(b, f);
    odd = xor<T>(g, h); f = add<T>(f, t2<T>(g, h, odd, even));
    e = t1<T>(b, c, d, e, w + 3 * size, k + 12); a = add<T>(a, e);
    even = xor<T>(f, g); e = add<T>(e, t2<T>(f, g, even, odd));
    swapped = a; a = e; e = swapped; swapped = b; b = f; f = swapped;
    swapped = c; c = g; g = swapped; swapped = d; d = h; h = swapped;
  }
  setWord<T>(to, 0, a); setWord<T>(to, 1, b); setWord<T>(to, 2, c); setWord<T>(to, 3, d);
  setWord<T>(to, 4, e); setWord<T>(to, 5, f); setWord<T>(to, 6, g); setWord<T>(to, 7, h);
}

/** Rounds `first` to before `end` on the state at `state`, one by one: for what happens once a header. */
export function someRounds(state: usize, schedule: usize, first: u32, end: u32): void {
  for (let t = first; t < end; t++) {
    const a = word<u32>(state, 0), b = word<u32>(state, 1), c = word<u32>(state, 2);
    const e = word<u32>(state, 4), f = word<u32>(state, 5), g = word<u32>(state, 6), h = word<u32>(state, 7);
    const sum = t1<u32>(e, f, g, h, schedule + (t << 2), K + (t << 2));
    memory.copy(state + 4, state, 28);
    setWord<u32>(state, 4, word<u32>(state, 4) + sum);
    setWord<u32>(state, 0, sum + t2<u32>(a, b, a ^ b, b ^ c));
  }
}

/** Words `first` to before `end` of a message schedule, an even number; the two newest stay out of memory. */
export function expand<T>(schedule: usize, first: u32, end: u32): void {
  const size: u32 = sizeof<T>();
  let even = word<T>(schedule, first - 2), odd = word<T>(schedule, first - 1);
  for (let w = schedule + first * size, last = schedule + end * size; w < last; w += 2 * size) {
    even = expanded<T>(w, even);
    odd = expanded<T>(w + size, odd);
    store<T>(w, even);
    store<T>(w + size, odd);
  }
}

/** The schedule word whose place is at `w`, when the word two before it is `before2`. */
@inline function expanded<T>(w: usize, before2: T): T {
  const size: u32 = sizeof<T>();
  const recent = add<T>(smallSigma1<T>(before2), load<T>(w - 7 * size));
  return add<T>(recent, add<T>(smallSigma0<T>(load<T>(w - 15 * size)), load<T>(w - 16 * size)));
}
