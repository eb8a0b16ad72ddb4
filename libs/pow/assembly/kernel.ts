/*
 * The nonce search in AssemblyScript: double SHA-256 (FIPS 180-4) of an 80-byte block header, one nonce after another.
 * Of the header's two 64-byte blocks only the second holds the nonce, so the state behind the first ("midstate"), the
 * three rounds before the nonce's word and two words of the schedule are computed once, by `prepare`.
 * Of the second hash 61 rounds are enough to know its most significant word; nearly every nonce ends there.
 * Built by build-kernel.ts to ../src/kernel-bytes.ts. The caller writes HEADER and TARGET, then calls `prepare`.
 */

/** Round constants: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
// prettier-ignore
const K = memory.data<u32>([
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
const INITIAL = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** In: the header, 80 bytes as serialized; its nonce field is ignored. */
export const HEADER: usize = memory.data(80, 16);
/** In: the target as eight 32-bit words, most significant word first, each in the machine's byte order. */
export const TARGET: usize = memory.data(32, 16);

const MIDSTATE: usize = memory.data(32, 16);
/** The state three rounds into the header's second block: the fourth word is the nonce. */
const BEFORE_NONCE: usize = memory.data(32, 16);
/** Message schedules of the header's second block and of the second hash. */
const W1: usize = memory.data(256, 16);
const W2: usize = memory.data(256, 16);
const STATE: usize = memory.data(32, 16);

const ROUNDS: u32 = 64;
const NONCE_WORD: u32 = 3;
const HEADER_BITS: u32 = 640;
const HASH_BITS: u32 = 256;

// @ts-ignore: decorator
@inline function word(base: usize, index: u32): u32 {
  return load<u32>(base + (index << 2));
}
// @ts-ignore: decorator
@inline function setWord(base: usize, index: u32, value: u32): void {
  store<u32>(base + (index << 2), value);
}
// @ts-ignore: decorator
@inline function bigSigma0(x: u32): u32 {
  return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22);
}
// @ts-ignore: decorator
@inline function bigSigma1(x: u32): u32 {
  return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25);
}
// @ts-ignore: decorator
@inline function smallSigma0(x: u32): u32 {
  return rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3);
}
// @ts-ignore: decorator
@inline function smallSigma1(x: u32): u32 {
  return rotr(x, 17) ^ rotr(x, 19) ^ (x >> 10);
}
/** T1 of a round without `h`. */
// @ts-ignore: decorator
@inline function t1(e: u32, f: u32, g: u32, w: usize, k: usize): u32 {
  return bigSigma1(e) + (g ^ (e & (f ^ g))) + load<u32>(w) + load<u32>(k);
}
// @ts-ignore: decorator
@inline function t2(a: u32, b: u32, c: u32): u32 {
  return bigSigma0(a) + ((a & b) | (c & (a | b)));
}

/** Fills the schedule's words from `first` to before `end`, two at a time. */
// @ts-ignore: decorator
@inline function expand(w: usize, first: u32, end: u32): void {
  let even = word(w, first - 2), odd = word(w, first - 1);
  for (let t = w + (first << 2), last = w + (end << 2); t < last; t += 8) {
    const middle = load<u32>(t - 60);
    even = smallSigma1(even) + load<u32>(t - 28) + smallSigma0(middle) + load<u32>(t - 64);
    odd = smallSigma1(odd) + load<u32>(t - 24) + smallSigma0(load<u32>(t - 56)) + middle;
    store<u32>(t, even);
    store<u32>(t, odd, 4);
  }
}

/**
 * 61 rounds from round `first` on, from the state at `from` to STATE: all that follow the nonce's word in the first
 * hash (3 to 63), all that decide the most significant word in the second (0 to 60). Instead of moving eight
 * variables a round, the rounds' lines rotate their names.
 */
// @ts-ignore: decorator
@inline function rounds61(from: usize, schedule: usize, first: u32): void {
  let a = word(from, 0), b = word(from, 1), c = word(from, 2), d = word(from, 3);
  let e = word(from, 4), f = word(from, 5), g = word(from, 6), h = word(from, 7);
  let w = schedule + (first << 2), k = K + (first << 2);
  for (let group = 0; group < 7; group++, w += 32, k += 32) {
    h += t1(e, f, g, w, k); d += h; h += t2(a, b, c);
    g += t1(d, e, f, w + 4, k + 4); c += g; g += t2(h, a, b);
    f += t1(c, d, e, w + 8, k + 8); b += f; f += t2(g, h, a);
    e += t1(b, c, d, w + 12, k + 12); a += e; e += t2(f, g, h);
    d += t1(a, b, c, w + 16, k + 16); h += d; d += t2(e, f, g);
    c += t1(h, a, b, w + 20, k + 20); g += c; c += t2(d, e, f);
    b += t1(g, h, a, w + 24, k + 24); f += b; b += t2(c, d, e);
    a += t1(f, g, h, w + 28, k + 28); e += a; a += t2(b, c, d);
  }
  h += t1(e, f, g, w, k); d += h; h += t2(a, b, c);
  g += t1(d, e, f, w + 4, k + 4); c += g; g += t2(h, a, b);
  f += t1(c, d, e, w + 8, k + 8); b += f; f += t2(g, h, a);
  e += t1(b, c, d, w + 12, k + 12); a += e; e += t2(f, g, h);
  d += t1(a, b, c, w + 16, k + 16); h += d; d += t2(e, f, g);
  setWord(STATE, 0, d); setWord(STATE, 1, e); setWord(STATE, 2, f); setWord(STATE, 3, g);
  setWord(STATE, 4, h); setWord(STATE, 5, a); setWord(STATE, 6, b); setWord(STATE, 7, c);
}

/** Rounds `first` to before `end` on the state at `state`, one by one: for what happens rarely. */
function someRounds(state: usize, schedule: usize, first: u32, end: u32): void {
  for (let t = first; t < end; t++) {
    const position = t << 2;
    const sum = word(state, 7) + t1(word(state, 4), word(state, 5), word(state, 6), schedule + position, K + position);
    const top = sum + t2(word(state, 0), word(state, 1), word(state, 2));
    memory.copy(state + 4, state, 28);
    setWord(state, 4, word(state, 4) + sum);
    setWord(state, 0, top);
  }
}

function addWords(to: usize, from: usize): void {
  for (let i: u32 = 0; i < 8; i++) setWord(to, i, word(to, i) + word(from, i));
}

/** Big-endian words of a message to the head of a schedule. */
function readWords(w: usize, from: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) setWord(w, i, bswap(word(from, i)));
}

/** FIPS 180-4's padding for a message of `words` words in the last block and `bits` bits in all. */
function pad(w: usize, words: u32, bits: u32): void {
  setWord(w, words, 0x80000000);
  for (let i = words + 1; i < 15; i++) setWord(w, i, 0);
  setWord(w, 15, bits);
}

/** Takes over HEADER: everything that does not depend on the nonce. Call it after each change of HEADER. */
export function prepare(): void {
  readWords(W1, HEADER, 16);
  expand(W1, 16, ROUNDS);
  memory.copy(MIDSTATE, INITIAL, 32);
  someRounds(MIDSTATE, W1, 0, ROUNDS);
  addWords(MIDSTATE, INITIAL);

  readWords(W1, HEADER + 64, 3);
  pad(W1, 4, HEADER_BITS);
  expand(W1, 16, 18);
  memory.copy(BEFORE_NONCE, MIDSTATE, 32);
  someRounds(BEFORE_NONCE, W1, 0, NONCE_WORD);
  pad(W2, 8, HASH_BITS);
}

/** First hash with this nonce, left as the second hash's message. */
// @ts-ignore: decorator
@inline function hashHeader(nonce: u32): void {
  setWord(W1, NONCE_WORD, bswap(nonce));
  expand(W1, 18, ROUNDS);
  rounds61(BEFORE_NONCE, W1, NONCE_WORD);
  for (let i: u32 = 0; i < 8; i++) setWord(W2, i, word(STATE, i) + word(MIDSTATE, i));
}

/** Ends the second hash and compares all of it with TARGET. Its last word's last byte is the most significant. */
function hashMeetsTarget(): bool {
  expand(W2, 62, ROUNDS);
  someRounds(STATE, W2, 61, ROUNDS);
  addWords(STATE, INITIAL);
  for (let i: u32 = 0; i < 8; i++) {
    const hash = bswap(word(STATE, 7 - i));
    const target = word(TARGET, i);
    if (hash != target) return hash < target;
  }
  return true;
}

/** The first of `count` nonces from `from` on whose hash is <= TARGET, or -1. `from + count` must be <= 2^32. */
export function searchNonces(from: u32, count: u32): f64 {
  const highestTarget = word(TARGET, 0);
  const initial7 = word(INITIAL, 7);
  for (let i: u32 = 0; i < count; i++) {
    hashHeader(from + i);
    expand(W2, 16, 62);
    rounds61(INITIAL, W2, 0);
    if (bswap(word(STATE, 4) + initial7) <= highestTarget && hashMeetsTarget()) return from + i;
  }
  return -1;
}
