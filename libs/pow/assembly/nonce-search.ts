/*
 * The nonce search in AssemblyScript: double SHA-256 of an 80-byte block header, for one nonce after another (T is u32,
 * entry scalar.ts) or for four at a time (T is v128, entry simd.ts). Of the header's two 64-byte blocks only the second
 * holds the nonce, as its fourth word, so `prepare` computes once: the state behind the first block ("midstate"), four
 * rounds of the second, two words of its schedule and what is constant in fourteen more.
 * Of the second hash 61 rounds give its most significant word; the kernel looks at no other. It only names candidates:
 * about one hash in 2^32 begins with the target's own word, and the caller judges each candidate by its whole hash.
 */
import { expand, fourRounds, fourRoundsToE, HALVES, INITIAL, olderHalf, smallSigma0, smallSigma1, someRounds, Words } from './sha256';
import { add, countFrom, lanes, lanesAtMost, setWord, splat, swapBytes, word } from './words';

/** In: the header, 80 bytes as serialized; its nonce field is ignored. */
export const HEADER: usize = memory.data(80, 16);
/** In: the most significant 32 bits of the target, as a number. */
export const TARGET: usize = memory.data(4, 16);

/** Once a header, scalar: its schedule, and the states behind its first block and behind the nonce's round. */
const SCHEDULE: usize = memory.data(256, 16);
const MIDSTATE: usize = memory.data(32, 16);
const AFTER_NONCE: usize = memory.data(32, 16);
/** The state behind the second hash's first round. */
const AFTER_FIRST: usize = memory.data(32, 16);

/** In every lane, for the header's second block (1) and the second hash (2): schedules with their older halves behind them. */
const W1: usize = memory.data(2048, 16);
const W2: usize = memory.data(2048, 16);
/** Likewise: states of the rounds. */
const START1: usize = memory.data(128, 16);
const START2: usize = memory.data(128, 16);
const ADDED1: usize = memory.data(128, 16);
const STATE: usize = memory.data(128, 16);

const NONCE_WORD: u32 = 3;
/** FIPS 180-4's padding: one bit, zeros, and the message's length in bits. */
const PADDING: u32 = 0x80000000;
const HEADER_BITS: u32 = 640;
const HASH_BITS: u32 = 256;

/** Takes over HEADER: everything that does not depend on the nonce. Call it after each change of HEADER. */
export function prepareLanes<T>(): void {
  prepareMidstate();
  prepareSecondBlock();
  spread<T>(ADDED1, MIDSTATE, 8);
  spread<T>(START1, AFTER_NONCE, 8);
  spread<T>(W1, SCHEDULE, 18);
  setWord<T>(W1, HALVES + 18, splat<T>(smallSigma1<u32>(word<u32>(SCHEDULE, 16)) + word<u32>(SCHEDULE, 2)));
  setWord<T>(W1, HALVES + 19, splat<T>(smallSigma1<u32>(word<u32>(SCHEDULE, 17)) + smallSigma0<u32>(PADDING)));
  for (let t: u32 = 20; t < 32; t++) setWord<T>(W1, HALVES + t, splat<T>(olderHalf<u32>(SCHEDULE + ((t - 16) << 2), 0)));
  prepareSecondHash();
  spread<T>(START2, AFTER_FIRST, 8);
  spread<T>(W2, SCHEDULE, 16);
  for (let t: u32 = 25; t < 29; t++) setWord<T>(W2, HALVES + t, splat<T>(olderHalf<u32>(SCHEDULE + ((t - 16) << 2), 0)));
}

function prepareMidstate(): void {
  readWords(HEADER, 16);
  expand(SCHEDULE, 16, 64);
  memory.copy(MIDSTATE, INITIAL, 32);
  someRounds(MIDSTATE, SCHEDULE, 0, 64);
  for (let i: u32 = 0; i < 8; i++) setWord<u32>(MIDSTATE, i, word<u32>(MIDSTATE, i) + word<u32>(INITIAL, i));
}

/** The nonce counts as 0 here. It is only added where it comes in: to two words of the state behind its round. */
function prepareSecondBlock(): void {
  readWords(HEADER + 64, NONCE_WORD);
  memory.fill(SCHEDULE + (NONCE_WORD << 2), 0, 13 * 4);
  setWord<u32>(SCHEDULE, 4, PADDING);
  setWord<u32>(SCHEDULE, 15, HEADER_BITS);
  expand(SCHEDULE, 16, 18);
  memory.copy(AFTER_NONCE, MIDSTATE, 32);
  someRounds(AFTER_NONCE, SCHEDULE, 0, NONCE_WORD + 1);
}

/** The first hash counts as 0 here; its first word is added where it comes in, as the nonce is. */
function prepareSecondHash(): void {
  memory.fill(SCHEDULE, 0, 16 * 4);
  setWord<u32>(SCHEDULE, 8, PADDING);
  setWord<u32>(SCHEDULE, 15, HASH_BITS);
  memory.copy(AFTER_FIRST, INITIAL, 32);
  someRounds(AFTER_FIRST, SCHEDULE, 0, 1);
}

/** Big-endian words of a message to the head of SCHEDULE. */
function readWords(from: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) setWord<u32>(SCHEDULE, i, bswap(word<u32>(from, i)));
}

function spread<T>(to: usize, from: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) setWord<T>(to, i, splat<T>(word<u32>(from, i)));
}

/**
 * The first of `count` nonces from `from` on whose hash's most significant word is at most TARGET, or -1.
 * `from + count` must be <= 2^32. The lanes behind the end of the range run, and count for nothing.
 */
export function searchLanes<T>(from: u32, count: u32): f64 {
  const target = splat<T>(load<u32>(TARGET));
  for (let left = count; left > 0; from += lanes<T>()) {
    hashHeader<T>(swapBytes<T>(countFrom<T>(from)));
    let candidates = lanesAtMost<T>(swapBytes<T>(mostSignificantWord<T>()), target);
    if (left < lanes<T>()) candidates &= (1 << left) - 1;
    if (candidates != 0) return from + ctz(candidates);
    left -= min(left, lanes<T>());
  }
  return -1;
}

/** First hash: of the header with this nonce word, left as the second hash's message. */
function hashHeader<T>(nonce: T): void {
  setWord<T>(W1, 18, add<T>(word<T>(W1, HALVES + 18), smallSigma0<T>(nonce)));
  setWord<T>(W1, 19, add<T>(word<T>(W1, HALVES + 19), nonce));
  addWord<T>(START1, AFTER_NONCE, nonce);
  fourRounds<T>(START1, STATE, W1, NONCE_WORD + 1, 4, Words.READY);
  fourRounds<T>(STATE, STATE, W1, 20, 3, Words.RECENT);
  fourRounds<T>(STATE, STATE, W1, 32, 8, Words.MADE);
  for (let i: u32 = 0; i < 8; i++) setWord<T>(W2, i, add<T>(word<T>(STATE, i), word<T>(ADDED1, i)));
}

/** Second hash: the word of it that a target is compared with first, which is e three rounds before the end. */
function mostSignificantWord<T>(): T {
  setWord<T>(W2, 16, olderHalf<T>(W2, 0));
  addWord<T>(START2, AFTER_FIRST, word<T>(W2, 0));
  fourRounds<T>(START2, STATE, W2, 1, 4, Words.READY);
  fourRounds<T>(STATE, STATE, W2, 17, 2, Words.MADE);
  fourRounds<T>(STATE, STATE, W2, 25, 1, Words.RECENT);
  fourRounds<T>(STATE, STATE, W2, 29, 7, Words.MADE);
  return add<T>(fourRoundsToE<T>(STATE, W2, 57), splat<T>(word<u32>(INITIAL, 7)));
}

/** The state behind a round whose word counted as 0, with its word: that is only added to a and e. */
@inline function addWord<T>(state: usize, without: usize, w: T): void {
  setWord<T>(state, 0, add<T>(splat<T>(word<u32>(without, 0)), w));
  setWord<T>(state, 4, add<T>(splat<T>(word<u32>(without, 4)), w));
}
