/**
 * Where the hashes of a Merkle tree are drawn. A small tree is drawn whole; of a large one the path of the chosen transaction
 * with what it is hashed with, so that what is drawn stays small however many transactions there are. Pure.
 */
import { displayHash } from '@pocket/crypto';

export interface MerkleNode {
  key: string;
  /** From 0, the transactions. */
  level: number;
  index: number;
  /** As people see it. */
  hash: string;
  /** In steps, from 0 at the left. */
  x: number;
  onPath: boolean;
  /** Whether the path is hashed with it. */
  beside: boolean;
}

export interface MerkleEdge {
  key: string;
  from: MerkleNode;
  to: MerkleNode;
  onPath: boolean;
  /** Whether the lower one is paired with itself. */
  twice: boolean;
}

export interface MerkleDrawing {
  nodes: MerkleNode[];
  edges: MerkleEdge[];
  levels: number;
  /** In steps. */
  width: number;
  /** Whether all of the tree is drawn. */
  whole: boolean;
}

export const MOST_DRAWN_WHOLE = 16;

type Levels = readonly (readonly Uint8Array[])[];

/** @param levels of libs/chain's `merkleLevels`. */
export function layMerkle(levels: Levels, chosen: number): MerkleDrawing {
  const whole = (levels[0]?.length ?? 0) <= MOST_DRAWN_WHOLE;
  const nodes = whole ? wholeTree(levels, chosen) : pathAlone(levels, chosen);
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const edges = nodes.flatMap((from) => edgeAbove(from, levels, byKey));
  return { nodes, edges, levels: levels.length, width: Math.max(0, ...nodes.map(({ x }) => x)), whole };
}

const keyOf = (level: number, index: number): string => `${level}:${index}`;

function nodeAt(levels: Levels, level: number, index: number, x: number, chosen: number): MerkleNode {
  const place = chosen >> level;
  const hash = levels[level]?.[index];
  return {
    ...{ key: keyOf(level, index), level, index, x },
    hash: hash === undefined ? '' : displayHash(hash),
    onPath: index === place,
    beside: index === (place ^ 1) && level < levels.length - 1,
  };
}

/** Every hash above the middle of its two. */
function wholeTree(levels: Levels, chosen: number): MerkleNode[] {
  const places: number[][] = [];
  return levels.flatMap((hashes, level) => {
    const below = places.at(-1);
    const xs = hashes.map((_, index) => {
      if (below === undefined) return index;
      const left = below[2 * index] ?? 0;
      return (left + (below[2 * index + 1] ?? left)) / 2;
    });
    places.push(xs);
    return hashes.map((_, index) => nodeAt(levels, level, index, xs[index] ?? 0, chosen));
  });
}

/** The path's hash and its other half on each level; above them stands what they are hashed to. */
function pathAlone(levels: Levels, chosen: number): MerkleNode[] {
  const nodes: MerkleNode[] = [];
  let x = 0;
  for (const [level, hashes] of levels.entries()) {
    const index = chosen >> level;
    const other = index ^ 1;
    const otherX = other > index ? x + 1 : x - 1;
    nodes.push(nodeAt(levels, level, index, x, chosen));
    if (level === levels.length - 1 || other >= hashes.length) continue;
    nodes.push(nodeAt(levels, level, other, otherX, chosen));
    x = (x + otherX) / 2;
  }
  const least = Math.min(...nodes.map((node) => node.x));
  return nodes.map((node) => ({ ...node, x: node.x - least }));
}

function edgeAbove(from: MerkleNode, levels: Levels, byKey: ReadonlyMap<string, MerkleNode>): MerkleEdge[] {
  const to = byKey.get(keyOf(from.level + 1, from.index >> 1));
  if (to === undefined) return [];
  const twice = from.index % 2 === 0 && from.index + 1 === levels[from.level]?.length;
  return [{ key: `${from.key}-${to.key}`, from, to, onPath: from.onPath && to.onPath, twice }];
}
