/**
 * Makes a tampered block's header fit again, as a forger would: the Merkle root over the transactions that are in it now, and
 * in each later block the hash of the one before. What is left then is proof of work. Pure.
 */
import { blockHashOf, merkleRoot, txidOf } from '@pocket/chain';
import { withHeader, type LabBlock } from './lab-block.ts';

export interface Mending {
  merkleRoot: boolean;
  /** The previous hashes of all blocks but the first. */
  links: boolean;
}

export const MENDED: Mending = { merkleRoot: true, links: true };

export function mend(blocks: readonly LabBlock[], { merkleRoot: root, links }: Mending): LabBlock[] {
  const mended: LabBlock[] = [];
  for (const lab of blocks) {
    const below = mended.at(-1);
    const rooted = root ? withFittingRoot(lab) : lab;
    mended.push(links && below !== undefined ? linkedTo(below, rooted) : rooted);
  }
  return mended;
}

function withFittingRoot(lab: LabBlock): LabBlock {
  if (lab.block === lab.real) return lab;
  const { root } = merkleRoot(lab.block.transactions.map(txidOf));
  return root === lab.block.header.merkleRoot ? lab : withHeader(lab, { merkleRoot: root });
}

function linkedTo(below: LabBlock, lab: LabBlock): LabBlock {
  const previousBlockHash = blockHashOf(below.block.header);
  return previousBlockHash === lab.block.header.previousBlockHash ? lab : withHeader(lab, { previousBlockHash });
}
