/** A block of a test chain in the lab with those behind it, and what the judge says to them. */
import { blockHashOf, medianTimePast, recentTimes, type Block } from '@pocket/chain';
import { groundTip, judgeNext, type BlockVerdict } from '../../src/features/lab/judge.ts';
import { knownCoins } from '../../src/features/lab/known-coins.ts';
import { takenFrom, type LabBlock } from '../../src/features/lab/lab-block.ts';
import { makeLabKey, type LabKey } from '../../src/features/lab/lab-key.ts';
import { mend, type Mending } from '../../src/features/lab/mending.ts';
import { loadRealChain, type RealChain } from '../../src/features/lab/real-chain.ts';
import type { Subject } from '../../src/features/lab/tamperings.ts';
import { gatewayOf, NOW, type TestChain } from './lab-chain.ts';

const AS_IT_IS: Mending = { merkleRoot: false, links: false };

/** The lab's key in tests, which is none of the owners'. */
export const forger: LabKey = makeLabKey((bytes) => bytes.fill(9));

export async function labAt(chain: TestChain, height: number): Promise<RealChain> {
  const block = chain.blocks[height];
  if (block === undefined) throw new Error(`the test chain has no block ${height}`);
  return loadRealChain(blockHashOf(block.header), gatewayOf(chain));
}

export function verdictsOf({ ground }: RealChain, blocks: readonly Block[]): BlockVerdict[] {
  const verdicts: BlockVerdict[] = [];
  let tip = groundTip(ground);
  for (const block of blocks) {
    const judged = judgeNext(tip, block, ground, NOW);
    verdicts.push(judged.verdict);
    tip = judged.tip;
  }
  return verdicts;
}

/** The lab with its first block changed. */
export function withFirst(real: RealChain, first: LabBlock, mending: Mending = AS_IT_IS): Block[] {
  const others = real.blocks.slice(1).map(takenFrom);
  return mend([first, ...others], mending).map(({ block }) => block);
}

export function subjectOf(real: RealChain): Subject {
  const [first] = real.blocks;
  if (first === undefined) throw new Error('nothing is in the lab');
  const { network, below, coins } = real.ground;
  return {
    lab: takenFrom(first),
    height: real.first,
    medianTimePast: medianTimePast(recentTimes(below, network.medianTimeSpan), network.medianTimeSpan),
    network,
    coins: knownCoins(coins, real.blocks, 0, real.first),
    key: forger,
  };
}
