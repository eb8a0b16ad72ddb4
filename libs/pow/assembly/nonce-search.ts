/*
 * The nonce search in AssemblyScript: double SHA-256 of an 80-byte block header, for one nonce after another (T is u32,
 * entry scalar.ts) or for four at a time (T is v128, entry simd.ts). Of the header's two 64-byte blocks only the second
 * holds the nonce, as its fourth word, so `prepare` computes once: the state behind the first block ("midstate"), four
 * rounds of the second, two words of its schedule and what is constant in three more.
 * Of the second hash 61 rounds give its most significant word; the kernel looks at no other. It only names candidates:
 * about one hash in 2^32 begins with the target's own word, and the caller judges each candidate by its whole hash.
 */
import { expand, INITIAL, K, sixtyRounds, smallSigma0, smallSigma1, someRounds, t1 } from './sha256';
import { add, countFrom, lanes, lanesAtMost, setWord, splat, swapBytes, word } from './words';

/** In: the header, 80 bytes as serialized; its nonce field is ignored. */
export const HEADER: usize = memory.data(80, 16);
/** In: the most significant 32 bits of the target, as a number. */
export const TARGET: usize = memory.data(4, 16);

/** Once a header, scalar: its schedule, and the states behind its first block and behind the nonce's round. */
const SCHEDULE: usize = memory.data(256, 16);
const MIDSTATE: usize = memory.data(32, 16);
const AFTER_NONCE: usize = memory.data(32, 16);

/** In every lane, for the header's second block (1) and the second hash (2): schedules, and states of the rounds. */
const W1: usize = memory.data(1024, 16);
const W2: usize = memory.data(1024, 16);
/** What no nonce changes in three words of W1. */
const FIXED_18: usize = memory.data(16, 16);
const FIXED_19: usize = memory.data(16, 16);
const FIXED_31: usize = memory.data(16, 16);
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
  spread<T>(START2, INITIAL, 8);
  spread<T>(W1, SCHEDULE, 18);
  store<T>(FIXED_18, splat<T>(smallSigma1<u32>(word<u32>(SCHEDULE, 16)) + word<u32>(SCHEDULE, 2)));
  store<T>(FIXED_19, splat<T>(smallSigma1<u32>(word<u32>(SCHEDULE, 17)) + smallSigma0<u32>(PADDING)));
  store<T>(FIXED_31, splat<T>(smallSigma0<u32>(word<u32>(SCHEDULE, 16)) + HEADER_BITS));
  for (let t: u32 = 8; t < 16; t++) setWord<T>(W2, t, splat<T>(0));
  setWord<T>(W2, 8, splat<T>(PADDING));
  setWord<T>(W2, 15, splat<T>(HASH_BITS));
}

function prepareMidstate(): void {
  readWords(HEADER, 16);
  expand<u32>(SCHEDULE, 16, 64);
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
  expand<u32>(SCHEDULE, 16, 18);
  memory.copy(AFTER_NONCE, MIDSTATE, 32);
  someRounds(AFTER_NONCE, SCHEDULE, 0, NONCE_WORD + 1);
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
  scheduleHeader<T>(nonce);
  setWord<T>(START1, 0, add<T>(splat<T>(word<u32>(AFTER_NONCE, 0)), nonce));
  setWord<T>(START1, 4, add<T>(splat<T>(word<u32>(AFTER_NONCE, 4)), nonce));
  sixtyRounds<T>(START1, STATE, W1, NONCE_WORD + 1);
  for (let i: u32 = 0; i < 8; i++) setWord<T>(W2, i, add<T>(word<T>(STATE, i), word<T>(ADDED1, i)));
}

/** Words 18 to 63 by the schedule's formula, without the words that are 0 (5 to 14) and with the constants folded. */
function scheduleHeader<T>(nonce: T): void {
  setWord<T>(W1, 18, add<T>(load<T>(FIXED_18), smallSigma0<T>(nonce)));
  setWord<T>(W1, 19, add<T>(load<T>(FIXED_19), nonce));
  setWord<T>(W1, 20, add<T>(sigma1Of<T>(W1, 18), splat<T>(PADDING)));
  setWord<T>(W1, 21, sigma1Of<T>(W1, 19));
  setWord<T>(W1, 22, add<T>(sigma1Of<T>(W1, 20), splat<T>(HEADER_BITS)));
  for (let t: u32 = 23; t < 30; t++) setWord<T>(W1, t, add<T>(sigma1Of<T>(W1, t - 2), word<T>(W1, t - 7)));
  setWord<T>(W1, 30, recent<T>(W1, 30, splat<T>(smallSigma0<u32>(HEADER_BITS))));
  setWord<T>(W1, 31, recent<T>(W1, 31, load<T>(FIXED_31)));
  expand<T>(W1, 32, 64);
}

/** Second hash: the word of it that a target is compared with first. Of round 61 only the half that makes it. */
function mostSignificantWord<T>(): T {
  scheduleHash<T>();
  sixtyRounds<T>(START2, STATE, W2, 0);
  const d = word<T>(STATE, 3), e = word<T>(STATE, 4), f = word<T>(STATE, 5);
  const g = word<T>(STATE, 6), h = word<T>(STATE, 7);
  const sum = t1<T>(e, f, g, h, W2 + 60 * sizeof<T>(), K + 240);
  return add<T>(add<T>(d, sum), word<T>(START2, 7));
}

/** Words 16 to 60, likewise: here words 9 to 14 are 0, and 8 and 15 are constant. */
function scheduleHash<T>(): void {
  setWord<T>(W2, 16, add<T>(sigma0Of<T>(W2, 1), word<T>(W2, 0)));
  setWord<T>(W2, 17, add<T>(early<T>(W2, 17), splat<T>(smallSigma1<u32>(HASH_BITS))));
  for (let t: u32 = 18; t < 22; t++) setWord<T>(W2, t, add<T>(sigma1Of<T>(W2, t - 2), early<T>(W2, t)));
  setWord<T>(W2, 22, add<T>(recent<T>(W2, 22, word<T>(W2, 6)), sigma0Of<T>(W2, 7)));
  setWord<T>(W2, 23, add<T>(recent<T>(W2, 23, word<T>(W2, 7)), splat<T>(smallSigma0<u32>(PADDING))));
  setWord<T>(W2, 24, recent<T>(W2, 24, splat<T>(PADDING)));
  for (let t: u32 = 25; t < 30; t++) setWord<T>(W2, t, add<T>(sigma1Of<T>(W2, t - 2), word<T>(W2, t - 7)));
  setWord<T>(W2, 30, recent<T>(W2, 30, splat<T>(smallSigma0<u32>(HASH_BITS))));
  expand<T>(W2, 31, 61);
}

@inline function sigma0Of<T>(schedule: usize, t: u32): T {
  return smallSigma0<T>(word<T>(schedule, t));
}
@inline function sigma1Of<T>(schedule: usize, t: u32): T {
  return smallSigma1<T>(word<T>(schedule, t));
}
/** The newer half of the formula of word `t`, and `rest`. */
@inline function recent<T>(schedule: usize, t: u32, rest: T): T {
  return add<T>(add<T>(sigma1Of<T>(schedule, t - 2), word<T>(schedule, t - 7)), rest);
}
/** The older half of the formula of word `t`. */
@inline function early<T>(schedule: usize, t: u32): T {
  return add<T>(sigma0Of<T>(schedule, t - 15), word<T>(schedule, t - 16));
}
