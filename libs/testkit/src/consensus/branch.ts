/**
 * Good blocks, one on top of the other, from any place of any chain: what competing branches are made of.
 * Deterministic: another `salt` makes another branch of the same place.
 */
import {
  blockHashOf,
  createBlockTemplate,
  encodeBlock,
  networks,
  type Block,
  type BlockHash,
  type NetworkParameters,
  type TransactionWithFee,
} from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { mined, ownerOf, type Owner } from '../builders.ts';

/** What a block must know of the one below it. */
export interface BranchPoint {
  readonly blockHash: BlockHash;
  readonly height: number;
  /** Unix seconds. */
  readonly time: number;
}

/** A block with its place. */
export interface PlacedBlock extends BranchPoint {
  readonly block: Block;
  /** The block's bytes. */
  readonly hex: string;
}

export interface BranchOptions {
  /** One without retargeting; `pocket` where it is not given. */
  readonly params?: NetworkParameters;
  readonly owner?: Owner;
  /** A whole number below 2^32. */
  readonly salt?: number;
  /** The transactions of the block at a height. */
  readonly transactions?: (height: number) => readonly TransactionWithFee[];
  /** The time of the block at a height, unix seconds; one second after its parent's where it is not given. */
  readonly time?: (height: number) => number;
}

const MINER = ownerOf(200);

/** `length` blocks on top of `from`, lowest first. */
export function branch(from: BranchPoint, length: number, options: BranchOptions = {}): PlacedBlock[] {
  const blocks: PlacedBlock[] = [];
  for (let below = from; blocks.length < length;) {
    const block = blockOn(below, options);
    blocks.push(block);
    below = block;
  }
  return blocks;
}

/** A block where it is put. */
export function placed(block: Block, height: number): PlacedBlock {
  return {
    block,
    height,
    blockHash: blockHashOf(block.header),
    time: block.header.time,
    hex: bytesToHex(encodeBlock(block)),
  };
}

function blockOn(below: BranchPoint, options: BranchOptions): PlacedBlock {
  const { params = networks.pocket, owner = MINER, salt = 0, transactions, time } = options;
  const height = below.height + 1;
  const block = createBlockTemplate({
    height,
    previousBlockHash: below.blockHash,
    bits: params.initialBits,
    time: time?.(height) ?? below.time + 1,
    transactions: transactions?.(height) ?? [],
    payTo: owner.address,
    extraNonce: extraNonceOf(salt),
    params,
  });
  return placed(mined(block), height);
}

function extraNonceOf(salt: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, salt);
  return bytes;
}
