/*
 * What a kernel finds is judged by the reference. Kernels compare only the most significant 32 bits of hash and target,
 * so a candidate is refused when its hash begins as the target does and is above it: about once in 2^32 hashes.
 */
import { nonceJudge } from './reference.ts';
import type { Scan } from './search.ts';

/** The first candidate of `count` nonces from `from` on; -1 when there is none. */
export type FirstCandidate = (from: number, count: number) => number;

/** The scan by a kernel that is prepared for this header and target. */
export function judgedScan(firstCandidate: FirstCandidate, header: Uint8Array, target: bigint): Scan {
  const meetsTarget = nonceJudge(header, target);
  return (from, to) => {
    for (let start = from; start < to;) {
      const candidate = firstCandidate(start, to - start);
      if (candidate < 0) return undefined;
      if (meetsTarget(candidate)) return candidate;
      start = candidate + 1;
    }
    return undefined;
  };
}

/** What the kernels compare with: the target's most significant 32 bits. */
export function targetWord(target: bigint): number {
  return Number(target >> 224n);
}
