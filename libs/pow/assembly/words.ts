/*
 * The words that SHA-256 works on, one at a time or four side by side: T is `u32` in the scalar kernel and `v128` in
 * the SIMD one, where every operation happens in four lanes at once. The compiler makes two programs of one source;
 * the conditions on T are gone by then.
 */

@inline export function lanes<T>(): u32 {
  return <u32>sizeof<T>() >> 2;
}
/** Word `index` of an array of T. */
@inline export function word<T>(base: usize, index: u32): T {
  return load<T>(base + index * sizeof<T>());
}
@inline export function setWord<T>(base: usize, index: u32, value: T): void {
  store<T>(base + index * sizeof<T>(), value);
}
/** The same number in every lane. */
@inline export function splat<T>(value: u32): T {
  if (isVector<T>()) return v128.splat<u32>(value);
  else return value;
}
/** The 32-bit number at this address, in every lane. */
@inline export function loadSplat<T>(address: usize, index: u32): T {
  if (isVector<T>()) return v128.load_splat<u32>(address + (index << 2));
  else return load<u32>(address + (index << 2));
}
/** `first` and the numbers behind it, one a lane. */
@inline export function countFrom<T>(first: u32): T {
  if (isVector<T>()) return v128.add<u32>(v128.splat<u32>(first), i32x4(0, 1, 2, 3));
  else return first;
}
@inline export function swapBytes<T>(x: T): T {
  if (isVector<T>()) return v128.shuffle<u8>(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  else return bswap(x);
}
/** One bit a lane, the first lane's lowest: is x <= y there? */
@inline export function lanesAtMost<T>(x: T, y: T): u32 {
  if (isVector<T>()) return v128.bitmask<i32>(v128.le<u32>(x, y));
  else return u32(x <= y);
}
@inline export function add<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.add<u32>(x, y);
  else return x + y;
}
@inline export function xor<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.xor(x, y);
  else return x ^ y;
}
@inline export function and<T>(x: T, y: T): T {
  if (isVector<T>()) return v128.and(x, y);
  else return x & y;
}
/** By two shifts: a baseline compiler can be slow at `rotr`, an optimizing one makes one of them. */
@inline function rotateRight<T>(x: T, bits: i32): T {
  return (x >> bits) | (x << (32 - bits));
}
/**
 * x rotated to the right by `a`, by `b` and by `c`, a < b < c, and the three added without carry. In four lanes, where a rotation
 * is two shifts, all shifts to the right are one chain, each going on from the one before, and those to the left another: as
 * many operations, but fewer values to hold at a time.
 */
@inline export function rotations<T>(x: T, a: i32, b: i32, c: i32): T {
  if (isVector<T>()) {
    const right = v128.shr<u32>(v128.xor(v128.shr<u32>(v128.xor(v128.shr<u32>(x, c - b), x), b - a), x), a);
    return v128.xor(right, v128.shl<u32>(v128.xor(v128.shl<u32>(v128.xor(v128.shl<u32>(x, b - a), x), c - b), x), 32 - c));
  } else return rotateRight(x, a) ^ rotateRight(x, b) ^ rotateRight(x, c);
}
/** Likewise x shifted to the right by `a`, and rotated by `b` and by `c`. */
@inline export function shiftAndRotations<T>(x: T, a: i32, b: i32, c: i32): T {
  if (isVector<T>()) {
    const right = v128.shr<u32>(v128.xor(v128.shr<u32>(v128.xor(v128.shr<u32>(x, c - b), x), b - a), x), a);
    return v128.xor(right, v128.shl<u32>(v128.xor(v128.shl<u32>(x, c - b), x), 32 - c));
  } else return (x >> a) ^ rotateRight(x, b) ^ rotateRight(x, c);
}
