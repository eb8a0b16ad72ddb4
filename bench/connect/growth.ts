/*
 * What a block costs as the chain gets longer: small blocks at several heights of one chain, on one view that always
 * holds about the same many coins. It should not matter.
 */
import {
  BlockIndex,
  type BlockHash,
  CoinView,
  blockHashOf,
  checkBlock,
  connectBlock,
  encodeBlock,
  medianTimePast,
  nextBits,
  recentTimes,
} from '@pocket/chain';
import { median } from '../median.ts';
import { FIRST_BLOCK, PARAMS, blockOf, coinsFrom, contextOf, decoded, paymentOf } from './blocks.ts';

const BLOCKS_A_HEIGHT = 40;
const PAYMENTS_A_BLOCK = 20;

/** A chain under construction. */
interface Chain {
  readonly index: BlockIndex;
  readonly view: CoinView;
  tip: BlockHash;
  /** Of the next block. */
  height: number;
  nextCoin: number;
}

/** Milliseconds per block of 20 payments behind each of these heights (ascending), medians of 40 blocks. */
export function measureGrowth(heights: readonly number[], unspentCoins: number): Map<number, number> {
  const view = new CoinView(coinsFrom(0, unspentCoins));
  const chain = genesisChain(view);
  const costs = new Map<number, number>();
  for (let warmUp = 0; warmUp < BLOCKS_A_HEIGHT; warmUp++) addBlock(chain, PAYMENTS_A_BLOCK);
  for (const height of heights) {
    while (chain.height < height) addBlock(chain, 0);
    const times = Array.from({ length: BLOCKS_A_HEIGHT }, () => addBlock(chain, PAYMENTS_A_BLOCK));
    costs.set(height, median(times));
  }
  return costs;
}

/** The chain of the network's own first block, which creates no coin. */
function genesisChain(view: CoinView): Chain {
  const { header } = FIRST_BLOCK;
  const index = new BlockIndex();
  const tip = index.add(blockHashOf(header), header).blockHash;
  return { index, view, tip, height: 1, nextCoin: 0 };
}

/** Builds the next block, then measures its way from bytes to the new tip, in milliseconds. */
function addBlock(chain: Chain, payments: number): number {
  const coins = coinsFrom(chain.nextCoin, payments);
  const block = blockOf(chain.height, chain.tip, coins.map(paymentOf));
  const bytes = encodeBlock(block);
  const start = performance.now();
  connectNext(chain, bytes);
  const time = performance.now() - start;
  chain.nextCoin += payments;
  return time;
}

function connectNext(chain: Chain, bytes: Uint8Array): void {
  const { index, view, height, tip } = chain;
  const block = decoded(bytes);
  const parent = index.get(tip);
  const times = recentTimes(parent, PARAMS.medianTimeSpan);
  const context = {
    ...contextOf(height, tip),
    bits: nextBits(parent, PARAMS),
    medianTimePast: medianTimePast(times, PARAMS.medianTimeSpan),
  };
  const checked = checkBlock(block, context, PARAMS);
  if (!checked.ok) throw new Error(checked.message);
  const connected = connectBlock(view, block, height, PARAMS);
  if (!connected.ok) throw new Error(connected.message);
  chain.tip = index.add(blockHashOf(block.header), block.header).blockHash;
  chain.height += 1;
}
