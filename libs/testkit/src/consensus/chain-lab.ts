/**
 * A chain of `bitcoin-regtest` to try rules on: owners and coins that are known, and good blocks anywhere on it.
 * It knows where the chain must stand; who submits the blocks, and to whom, is scenario.ts' part.
 */
import {
  createdCoins,
  decodeBlock,
  medianTimePast,
  networks,
  type BlockHash,
  type NamedCoin,
  type NetworkParameters,
  type TransactionWithFee,
} from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';
import { ownerOf, type Owner } from '../builders.ts';
import { branch, placed, type PlacedBlock } from './branch.ts';
import { coinbaseOf } from './changed-block.ts';

export const LAB_NETWORK: NetworkParameters = networks['bitcoin-regtest'];
/** Who mines every block of a lab and owns all coins of the base chain. */
export const alice: Owner = ownerOf(1);
export const bob: Owner = ownerOf(2);
export const carol: Owner = ownerOf(3);

/** So many blocks stand on the first one before any scenario; eleven of their rewards may be spent then. */
const BASE_BLOCKS = 110;
const BLOCK_SECONDS = 600;

/** The payments of the block at a height, and what each leaves to the miner. */
export type PaymentsAt = (height: number) => readonly TransactionWithFee[];

/** Deterministic: two labs that are asked the same give the same blocks. */
export class ChainLab {
  /** Unix seconds: what the judge's clock shows, or earlier. */
  readonly now: number;
  /** What a judge must hold before the first scenario, lowest first, without the network's own first block. */
  readonly base: readonly PlacedBlock[];
  private readonly genesis = firstBlock();
  private readonly places = new Map<BlockHash, PlacedBlock>([[this.genesis.blockHash, this.genesis]]);
  private readonly rewards: readonly NamedCoin[];
  private lastBlock: PlacedBlock = this.genesis;
  private salt = 0;
  private taken = 0;

  constructor(now: number) {
    this.now = now;
    this.base = this.branch(this.genesis, BASE_BLOCKS);
    this.rewards = this.base.flatMap((block) => createdCoins(coinbaseOf(block), block.height));
    for (const block of this.base) this.follow(block);
  }

  /** Where the chain must stand. */
  get tip(): PlacedBlock {
    return this.lastBlock;
  }

  /** Says that the chain must end with this block from here on, and returns it. */
  follow(block: PlacedBlock): PlacedBlock {
    this.places.set(block.blockHash, block);
    this.lastBlock = block;
    return block;
  }

  /** Good blocks on top of any block of the lab, lowest first; never the same ones. */
  branch(from: PlacedBlock, length: number, transactions: PaymentsAt = () => []): PlacedBlock[] {
    const time = (height: number) => this.genesis.time + height * BLOCK_SECONDS;
    const blocks = branch(from, length, { params: LAB_NETWORK, owner: alice, salt: this.salt++, transactions, time });
    for (const block of blocks) this.places.set(block.blockHash, block);
    return blocks;
  }

  /** A good block on the tip with these payments. */
  next(...payments: readonly TransactionWithFee[]): PlacedBlock {
    return existing(this.branch(this.tip, 1, () => payments)[0]);
  }

  /** A coin of Alice, 50 units, that may be spent and that nobody took: one to be refused with. */
  coin(index = 0): NamedCoin {
    return existing(this.rewards[this.taken + index]);
  }

  /** The same, for what will be accepted: nobody gets it again. */
  take(): NamedCoin {
    return existing(this.rewards[this.taken++]);
  }

  /** The reward of the base block at a height, from 1. */
  reward(height: number): NamedCoin {
    return existing(this.rewards[height - 1]);
  }

  /** The coin that the network's own first block seems to create. */
  genesisReward(): NamedCoin {
    const [output] = coinbaseOf(this.genesis).outputs;
    const { height, block } = this.genesis;
    const txid = block.header.merkleRoot as NamedCoin['outpoint']['txid'];
    return { outpoint: { txid, vout: 0 }, coin: { ...existing(output), height, coinbase: true } };
  }

  /** The block so many below the tip. */
  below(depth: number): PlacedBlock {
    let at = this.tip;
    for (let left = depth; left > 0; left--) at = this.parentOf(at);
    return at;
  }

  /** What the time of a block on top of `on` must be above. */
  medianTime(on = this.tip): number {
    const times = [on.time];
    for (let at = on; times.length < 11 && at.height > 0; times.push(at.time)) at = this.parentOf(at);
    return medianTimePast(times);
  }

  private parentOf({ block }: PlacedBlock): PlacedBlock {
    return existing(this.places.get(block.header.previousBlockHash));
  }
}

function firstBlock(): PlacedBlock {
  const decoded = decodeBlock(hexToBytes(LAB_NETWORK.genesis ?? ''));
  if (!decoded.ok) throw new Error(`the network has no first block: ${decoded.message}`);
  return placed(decoded.block, 0);
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the lab has no such block or coin');
  return value;
}
