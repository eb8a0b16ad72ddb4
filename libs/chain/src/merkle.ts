// Bitcoin's Merkle tree over transaction ids: pairs are double-hashed, an odd last one is paired with itself.
// That rule lets two different lists have one root (CVE-2012-2459); `mutated` tells such a list from the honest one.
import { displayHash, doubleSha256, equalBytes, internalHash } from '@pocket/crypto';
import { NULL_TXID, type Txid } from './outpoint.ts';

export interface MerkleRoot {
  /** Display order, 64 hex digits; all zero for no transactions. */
  readonly root: string;
  /** Two neighbours are equal: the same root belongs to a shorter list, and this one must be refused. */
  readonly mutated: boolean;
}

/** The root over the ids in block order. */
export function merkleRoot(txids: readonly Txid[]): MerkleRoot {
  let level = txids.map(internalHash);
  let mutated = false;
  while (level.length > 1) {
    mutated ||= hasEqualPair(level);
    level = levelAbove(level);
  }
  const [root] = level;
  return { root: root === undefined ? NULL_TXID : displayHash(root), mutated };
}

/**
 * The whole tree, from the ids up to the root: every level in block order, 32 bytes each as they are hashed. An odd last one
 * stands once, though it is paired with itself. Empty for no transactions.
 */
export function merkleLevels(txids: readonly Txid[]): Uint8Array[][] {
  const levels: Uint8Array[][] = [];
  for (let level = txids.map(internalHash); level.length > 0; level = level.length > 1 ? levelAbove(level) : []) {
    levels.push(level);
  }
  return levels;
}

/**
 * What the first transaction's id is hashed with on its way up to the root, 32 bytes each: the root over the same list
 * with another first transaction costs as many hashes as the tree has levels.
 */
export function firstBranch(txids: readonly Txid[]): Uint8Array[] {
  const branch: Uint8Array[] = [];
  for (let level = txids.map(internalHash); level.length > 1; level = levelAbove(level)) {
    const [, sibling] = level;
    if (sibling !== undefined) branch.push(sibling);
  }
  return branch;
}

/** The root over a list whose first id is `first` and whose `firstBranch` is this one. */
export function rootOfFirst(first: Txid, branch: readonly Uint8Array[]): string {
  return displayHash(branch.reduce((hash, sibling) => doubleSha256(hash, sibling), internalHash(first)));
}

function hasEqualPair(level: readonly Uint8Array[]): boolean {
  for (let index = 0; index + 1 < level.length; index += 2) {
    const [left, right] = [level[index], level[index + 1]];
    if (left !== undefined && right !== undefined && equalBytes(left, right)) return true;
  }
  return false;
}

function levelAbove(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index];
    if (left !== undefined) above.push(doubleSha256(left, level[index + 1] ?? left));
  }
  return above;
}
