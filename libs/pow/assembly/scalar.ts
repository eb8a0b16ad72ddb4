/*
 * The scalar kernel: one nonce after another, for runtimes whose WebAssembly has no SIMD.
 * The caller writes HEADER and TARGET, calls `prepare`, then `searchNonces` for one range after another.
 */
import { prepareLanes, searchLanes } from './nonce-search';
export { HEADER, TARGET } from './nonce-search';

/** Takes over HEADER: everything that does not depend on the nonce. Call it after each change of HEADER. */
export function prepare(): void {
  prepareLanes<u32>();
}

/**
 * The first of `count` nonces from `from` on whose hash's most significant word is at most TARGET, or -1.
 * `from + count` must be <= 2^32. TARGET is read anew.
 */
export function searchNonces(from: u32, count: u32): f64 {
  return searchLanes<u32>(from, count);
}
