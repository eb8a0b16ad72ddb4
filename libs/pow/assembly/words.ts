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
@inline export function loadSplat<T>(address: usize): T {
  if (isVector<T>()) return v128.load_splat<u32>(address);
  else return load<u32>(address);
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
@inline export function shiftRight<T>(x: T, bits: i32): T {
  if (isVector<T>()) return v128.shr<u32>(x, bits);
  else return x >> bits;
}
/** By two shifts also in one lane: a baseline compiler can be slow at `rotr`, an optimizing one makes one of them. */
@inline export function rotateRight<T>(x: T, bits: i32): T {
  if (isVector<T>()) return v128.or(v128.shr<u32>(x, bits), v128.shl<u32>(x, 32 - bits));
  else return (x >> bits) | (x << (32 - bits));
}
