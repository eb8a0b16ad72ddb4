/** How long each block took, by the times that the blocks themselves name. Pure. */
import type { BlockEntry } from '@pocket/contracts';

export interface BlockIntervals {
  heights: number[];
  /** Since the block before; below zero where its miner's clock was behind. */
  seconds: number[];
  /** Of all of them; undefined where there is none. */
  meanSeconds: number | undefined;
}

/** @param blocks ascending by height, without a gap. */
export function intervalsOf(blocks: readonly Pick<BlockEntry, 'height' | 'time'>[]): BlockIntervals {
  const pairs = blocks.slice(1).map((block, index) => ({ block, before: blocks[index] ?? block }));
  const seconds = pairs.map(({ block, before }) => block.time - before.time);
  const sum = seconds.reduce((total, each) => total + each, 0);
  return {
    heights: pairs.map(({ block }) => block.height),
    seconds,
    meanSeconds: seconds.length === 0 ? undefined : sum / seconds.length,
  };
}
