/**
 * A transaction's way up to the Merkle root, computed again: what it is hashed with on each level, and what comes out. Only
 * the other halves are taken from the tree; every result follows from the one before.
 */
import { bytesToHex, concatBytes, displayHash, internalHash, sha256 } from '@pocket/crypto';

/** On which side the other half stands; `itself` for an odd last one, which is paired with itself. */
export type Side = 'left' | 'right' | 'itself';

export interface PathStep {
  /** From 1, the first above the transactions. */
  level: number;
  side: Side;
  /** What it is hashed with, as people see it. */
  sibling: string;
  /** The 64 bytes that are hashed, hex, as they are. */
  input: string;
  /** SHA-256 of them, and SHA-256 of that, hex, as they are. */
  first: string;
  second: string;
  /** The second one as people see it. */
  result: string;
}

/** Empty for a block of one transaction, whose id is the root. @param levels of libs/chain's `merkleLevels`. */
export function merklePath(levels: readonly (readonly Uint8Array[])[], index: number): PathStep[] {
  let own = levels[0]?.[index];
  const steps: PathStep[] = [];
  for (const [depth, level] of levels.slice(0, -1).entries()) {
    if (own === undefined) return [];
    const place = index >> depth;
    const other = level[place ^ 1];
    const side = other === undefined ? 'itself' : place % 2 === 0 ? 'right' : 'left';
    const step = stepOf(depth + 1, side, own, other ?? own);
    steps.push(step);
    own = internalHash(step.result);
  }
  return steps;
}

function stepOf(level: number, side: Side, own: Uint8Array, sibling: Uint8Array): PathStep {
  const input = side === 'left' ? concatBytes(sibling, own) : concatBytes(own, sibling);
  const first = sha256(input);
  const second = sha256(first);
  const seen = { sibling: displayHash(sibling), result: displayHash(second) };
  return { level, side, ...seen, input: bytesToHex(input), first: bytesToHex(first), second: bytesToHex(second) };
}
