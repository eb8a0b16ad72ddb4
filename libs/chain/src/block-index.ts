// The tree of all known block headers: where each block stands, how much work lies below it, which are invalid, and
// which tip is the best. It knows headers only; bodies and coins are the caller's. (Bitcoin Core: CBlockIndex, CChain.)
import type { BlockHeader } from './block.ts';
import type { NetworkParameters } from './network.ts';
import { type BlockHash, NULL_BLOCK_HASH } from './outpoint.ts';
import { bitsFromTarget, targetFromBits, workOfBits } from './target.ts';

/** A block's place in the tree. */
export interface IndexedBlock {
  readonly blockHash: BlockHash;
  /** undefined for the block at height 0. */
  readonly parent: IndexedBlock | undefined;
  readonly height: number;
  /** Unix seconds. */
  readonly time: number;
  readonly bits: number;
  /** The work of this block and of all below it, in hashes. */
  readonly chainWork: bigint;
  /** Counts up in the order in which blocks became known: of two equally heavy ones the first is the best. */
  readonly ordinal: number;
}

/** How to get from one tip to another. */
export interface Reorganization {
  /** From the tip downwards. */
  readonly disconnect: readonly IndexedBlock[];
  /** From the fork upwards. */
  readonly connect: readonly IndexedBlock[];
}

/** Why no chain may hold a block: Bitcoin's word and a sentence. */
export interface InvalidReason {
  readonly code: string;
  readonly message: string;
}

interface Node {
  readonly block: IndexedBlock;
  readonly parent: Node | undefined;
  readonly children: Node[];
  /** Marked itself, not only through a block below it. */
  reason: InvalidReason | undefined;
  /** The lowest marked block among this one and those below it. */
  invalid: Node | undefined;
}

export class BlockIndex {
  private readonly nodes = new Map<BlockHash, Node>();
  private readonly roots: Node[] = [];
  private nextOrdinal = 0;
  private best: IndexedBlock | undefined;

  get size(): number {
    return this.nodes.size;
  }

  get(blockHash: BlockHash): IndexedBlock | undefined {
    return this.nodes.get(blockHash)?.block;
  }

  /** Adds a block whose parent is known, or the first one. Throws for an unknown parent: ask `get` before. */
  add(blockHash: BlockHash, header: Pick<BlockHeader, 'previousBlockHash' | 'time' | 'bits'>): IndexedBlock {
    const known = this.nodes.get(blockHash);
    if (known !== undefined) return known.block;
    const parent = this.nodes.get(header.previousBlockHash);
    if (parent === undefined && header.previousBlockHash !== NULL_BLOCK_HASH) {
      throw new Error(`block index: the parent of ${blockHash} is unknown`);
    }
    const { time, bits } = header;
    const below = parent?.block;
    const chainWork = (below?.chainWork ?? 0n) + workOfBits(bits);
    const height = below === undefined ? 0 : below.height + 1;
    const block = { blockHash, parent: below, height, time, bits, chainWork, ordinal: this.nextOrdinal++ };
    const node: Node = { block, parent, children: [], reason: undefined, invalid: parent?.invalid };
    this.nodes.set(blockHash, node);
    (parent?.children ?? this.roots).push(node);
    this.prefer(node);
    return block;
  }

  /** Says that no chain may hold this block, and why. */
  invalidate(blockHash: BlockHash, reason: InvalidReason): void {
    const node = this.nodes.get(blockHash);
    if (node === undefined) return;
    node.reason = reason;
    this.judgeAgain();
  }

  /** Takes it back for these blocks. */
  reconsider(blockHashes: Iterable<BlockHash>): void {
    for (const blockHash of blockHashes) {
      const node = this.nodes.get(blockHash);
      if (node !== undefined) node.reason = undefined;
    }
    this.judgeAgain();
  }

  /** Why no chain may hold this very block; undefined when one may, or only a block below it is marked. */
  reasonOf(block: IndexedBlock): InvalidReason | undefined {
    return this.nodes.get(block.blockHash)?.reason;
  }

  /** The lowest invalidated block of the chain that ends with this one; undefined when all of it may be valid. */
  invalidatedBelow(block: IndexedBlock | undefined): IndexedBlock | undefined {
    return block === undefined ? undefined : this.nodes.get(block.blockHash)?.invalid?.block;
  }

  /** The invalidated blocks among this one, those it builds on and those that build on it. */
  invalidatedAround(blockHash: BlockHash): BlockHash[] {
    const start = this.nodes.get(blockHash);
    const found: Node[] = [];
    for (let at = start?.parent; at !== undefined; at = at.parent) found.push(at);
    found.push(...descendants(start === undefined ? [] : [start]));
    return found.filter(({ reason }) => reason !== undefined).map(({ block }) => block.blockHash);
  }

  /** The valid tip with the most work, of equal ones the first that was known; undefined when there is none. */
  bestTip(): IndexedBlock | undefined {
    return this.best;
  }

  private prefer({ block, invalid }: Node): void {
    if (invalid === undefined && (this.best === undefined || isBetter(block, this.best))) this.best = block;
  }

  /** Rare enough to look at every block. */
  private judgeAgain(): void {
    this.best = undefined;
    for (const node of descendants(this.roots)) {
      node.invalid = node.parent?.invalid ?? (node.reason === undefined ? undefined : node);
      this.prefer(node);
    }
  }
}

/** True when a chain that ends with `left` is to be preferred: more work, or the same and known before. */
export function isBetter(left: IndexedBlock, right: IndexedBlock): boolean {
  if (left.chainWork !== right.chainWork) return left.chainWork > right.chainWork;
  return left.ordinal < right.ordinal;
}

/** The blocks to take off and to put on, so that `to` becomes the tip instead of `from`. */
export function reorganization(from: IndexedBlock | undefined, to: IndexedBlock | undefined): Reorganization {
  const disconnect: IndexedBlock[] = [];
  const connect: IndexedBlock[] = [];
  let [left, right] = [from, to];
  while (left !== right) {
    if (left !== undefined && (right === undefined || left.height >= right.height)) {
      disconnect.push(left);
      left = left.parent;
    } else if (right !== undefined) {
      connect.push(right);
      right = right.parent;
    }
  }
  return { disconnect, connect: connect.reverse() };
}

/** The block at `height` in the chain that ends with `tip`; undefined above the tip. */
export function ancestorAt(tip: IndexedBlock, height: number): IndexedBlock | undefined {
  let at: IndexedBlock | undefined = tip;
  while (at !== undefined && at.height > height) at = at.parent;
  return at?.height === height ? at : undefined;
}

/** The times of the last `span` blocks up to and with `tip`, oldest first. */
export function recentTimes(tip: IndexedBlock | undefined, span: number): number[] {
  const times: number[] = [];
  for (let at = tip; at !== undefined && times.length < span; at = at.parent) times.push(at.time);
  return times.reverse();
}

const CLAMP = 4;

/**
 * The compact target a block on top of `parent` must have. Every `intervalBlocks` blocks the target is scaled by the
 * time the last ones took over the time they should have taken, by no more than a factor of four either way and never
 * above the limit; as in Bitcoin, that time is measured over one gap less than there are blocks.
 * (Bitcoin Core, pow.cpp: GetNextWorkRequired, CalculateNextWorkRequired.)
 */
export function nextBits(parent: IndexedBlock | undefined, params: NetworkParameters): number {
  const { retargeting, initialBits } = params;
  if (parent === undefined) return initialBits;
  if (retargeting === null || (parent.height + 1) % retargeting.intervalBlocks !== 0) return parent.bits;
  const { intervalBlocks, targetSpacingSeconds } = retargeting;
  const first = ancestorAt(parent, parent.height - (intervalBlocks - 1));
  const wanted = intervalBlocks * targetSpacingSeconds;
  const taken = parent.time - (first?.time ?? parent.time);
  const clamped = Math.min(Math.max(taken, Math.floor(wanted / CLAMP)), wanted * CLAMP);
  const target = (targetFromBits(parent.bits) * BigInt(clamped)) / BigInt(wanted);
  const limit = targetFromBits(params.powLimitBits);
  return bitsFromTarget(target < limit ? target : limit);
}

/** These and all that build on them; a block always behind its parent. */
function* descendants(starts: readonly Node[]): Generator<Node> {
  const open = [...starts];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    open.push(...node.children);
  }
}
