/*
 * What a nonce search is, and the one loop behind all of them. A scanner (native code, WebAssembly in four lanes
 * or one, the reference) only knows how to look through a short run of nonces; here a range is checked and cut
 * into such runs. Between two runs the caller is asked whether to go on; and a WebAssembly function called once for
 * long stays in the engine's baseline compiler.
 */

/**
 * Looks for proof of work: the smallest nonce in [from, to) with which the double SHA-256 of `header`, read as a
 * little-endian 256-bit number, is <= `target`; `undefined` if there is none or if `shouldStop` said to stop.
 * `header` is a serialized block header of 80 bytes, is not changed, and its own nonce does not matter.
 * 0 <= from, to <= 2^32; an empty range finds nothing. Occupies the thread until it returns.
 * `shouldStop` is asked before every run of nonces, at least each half millisecond; it must not call the same search.
 * Throws a RangeError that names the argument when one is out of its bounds.
 */
export type Search = (
  header: Uint8Array,
  target: bigint,
  from: number,
  to: number,
  shouldStop?: () => boolean,
) => number | undefined;

export interface NonceSearch {
  readonly name: 'native-sha-ni' | 'native-avx2' | 'native-portable' | 'wasm-simd' | 'wasm' | 'reference';
  readonly search: Search;
}

/** Nonces in [from, to) of the header it was made for; short enough to be waited for. */
export type Scan = (from: number, to: number) => number | undefined;

export interface Scanner {
  /** How many nonces one call of a scan is given: at most about half a millisecond of work. */
  readonly runLength: number;
  /** Takes over what is the same for every nonce. Valid until the next call. */
  prepare(header: Uint8Array, target: bigint): Scan;
}

const HEADER_BYTES = 80;
const NONCE_END = 2 ** 32;
const TARGET_END = 1n << 256n;

export function searchWith(scanner: Scanner): Search {
  return (header, target, from, to, shouldStop = () => false) => {
    checkArguments(header, target, from, to);
    const scan = scanner.prepare(header, target);
    for (let start = from; start < to && !shouldStop(); start += scanner.runLength) {
      const nonce = scan(start, Math.min(start + scanner.runLength, to));
      if (nonce !== undefined) return nonce;
    }
    return undefined;
  };
}

function checkArguments(header: Uint8Array, target: bigint, from: number, to: number): void {
  if (header.length !== HEADER_BYTES) throw new RangeError(`header must have 80 bytes, not ${header.length}`);
  if (target < 0n || target >= TARGET_END) throw new RangeError('target must be in [0, 2^256)');
  checkNonce('from', from);
  checkNonce('to', to);
}

function checkNonce(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > NONCE_END) {
    throw new RangeError(`${name} must be an integer in [0, 2^32], not ${value}`);
  }
}
