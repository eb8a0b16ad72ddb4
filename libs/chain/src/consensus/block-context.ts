// What the chain below says about the block that comes next: the context that `checkBlock` holds it against.
// The one place where it is put together, for whoever connects, templates or tries blocks.
import { type IndexedBlock, nextBits, recentTimes } from '../block-index.ts';
import type { NetworkParameters } from '../network.ts';
import { NULL_BLOCK_HASH } from '../outpoint.ts';
import { type BlockContext, medianTimePast } from './block-rules.ts';

/** What the next block on top of `parent` must fit into; of the first block where there is none. `now` in unix seconds. */
export function contextOn(parent: IndexedBlock | undefined, network: NetworkParameters, now: number): BlockContext {
  return {
    height: parent === undefined ? 0 : parent.height + 1,
    previousBlockHash: parent?.blockHash ?? NULL_BLOCK_HASH,
    bits: nextBits(parent, network),
    medianTimePast: medianTimePast(recentTimes(parent, network.medianTimeSpan), network.medianTimeSpan),
    now,
  };
}
