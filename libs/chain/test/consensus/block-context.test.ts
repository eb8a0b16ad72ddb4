// What the next block must fit into.
import { describe, expect, it } from 'vitest';
import { BlockIndex, contextOn, networks, NULL_BLOCK_HASH, type BlockHash } from '../../src/index.ts';
import { GENESIS_TIME } from '../builders.ts';

const NOW = 1_800_000_000;

describe('the context of the next block', () => {
  it('is that of a genesis block before the first', () => {
    expect(contextOn(undefined, networks.pocket, NOW)).toEqual({
      height: 0,
      previousBlockHash: NULL_BLOCK_HASH,
      bits: 0x1f100000,
      medianTimePast: 0,
      now: NOW,
    });
  });

  it('takes the median over the last eleven blocks', () => {
    const index = new BlockIndex();
    let previousBlockHash = NULL_BLOCK_HASH;
    for (let height = 0; height < 13; height++) {
      const blockHash = height.toString(16).padStart(64, 'f') as BlockHash;
      index.add(blockHash, { previousBlockHash, time: GENESIS_TIME + height * 600, bits: 0x1f100000 });
      previousBlockHash = blockHash;
    }
    const context = contextOn(index.get(previousBlockHash), networks.pocket, NOW);
    expect(context).toMatchObject({ height: 13, medianTimePast: GENESIS_TIME + 7 * 600 });
  });
});
