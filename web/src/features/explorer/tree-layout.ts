/**
 * Where each block of the tree is drawn: its height across, its lane down. The best chain has the first lane; a branch takes
 * the first lane that is free over all its heights. Pure.
 */
import type { BranchBlock } from '@pocket/contracts';

export interface PlacedBlock {
  block: BranchBlock;
  lane: number;
}

export interface Tree {
  blocks: PlacedBlock[];
  lanes: number;
  lowest: number;
  highest: number;
}

/** @param blocks ascending by height, at one height in the order of arrival. */
export function layTree(blocks: readonly BranchBlock[]): Tree {
  const placed = new Map<string, PlacedBlock>();
  /** Of each lane, the height up to which it is taken, the first lane not counted. */
  const taken: number[] = [];
  const children = new Map<string, BranchBlock[]>();
  for (const block of blocks) {
    if (block.onBestChain) placed.set(block.hash, { block, lane: 0 });
    children.set(block.previousHash, [...(children.get(block.previousHash) ?? []), block]);
  }
  for (const block of blocks) {
    if (placed.has(block.hash)) continue;
    const branch = branchFrom(block, children);
    const lane = freeLane(taken, block.height);
    taken[lane - 1] = block.height + branch.length - 1;
    for (const member of branch) placed.set(member.hash, { block: member, lane });
  }
  return {
    blocks: blocks.flatMap(({ hash }) => placed.get(hash) ?? []),
    lanes: taken.length + 1,
    lowest: blocks[0]?.height ?? 0,
    highest: blocks.at(-1)?.height ?? 0,
  };
}

/** The block with the first child of each above it. */
function branchFrom(start: BranchBlock, children: Map<string, BranchBlock[]>): BranchBlock[] {
  const branch: BranchBlock[] = [];
  for (let at: BranchBlock | undefined = start; at !== undefined; at = children.get(at.hash)?.[0]) branch.push(at);
  return branch;
}

function freeLane(taken: readonly number[], from: number): number {
  const free = taken.findIndex((until) => until < from);
  return free === -1 ? taken.length + 1 : free + 1;
}
