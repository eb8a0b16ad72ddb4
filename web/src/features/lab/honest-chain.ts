/**
 * The honest chain above the lab's ground, as the events tell it: what is connected comes on top, what is disconnected goes. An
 * event that is told twice, or late, changes nothing. Pure.
 */
import { blockHashOf, decodeHeader, workOfBits, type Block } from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';

export interface HonestBlock {
  readonly hash: string;
  readonly work: bigint;
  /** Unix seconds, as its header says. */
  readonly time: number;
}

export interface HonestChain {
  /** The height of the first block. */
  readonly first: number;
  readonly blocks: readonly HonestBlock[];
  /** Whether it is no more the chain that the lab was taken from: it has begun anew, or has given up what lies below. */
  readonly gone: boolean;
}

/** What is told of a block that comes or goes. */
export interface ChainNews {
  readonly type: string;
  readonly data: { readonly height?: number; readonly blockHash?: string; readonly block?: string };
}

const HEADER_DIGITS = 160;

export function honestChain(first: number, blocks: readonly Block[]): HonestChain {
  return { first, gone: false, blocks: blocks.map(({ header }) => honestBlock(header)) };
}

export function told(chain: HonestChain, { type, data }: ChainNews): HonestChain {
  if (type === 'ChainStarted') return { ...chain, gone: true };
  const { height = -1, blockHash = '', block = '' } = data;
  if (type === 'BlockDisconnected') return without(chain, height, blockHash);
  return type === 'BlockConnected' ? withBlock(chain, height, blockHash, block) : chain;
}

export function honestWork({ blocks }: HonestChain, from: number): bigint {
  return blocks.slice(from).reduce((sum, { work }) => sum + work, 0n);
}

function without(chain: HonestChain, height: number, hash: string): HonestChain {
  const place = height - chain.first;
  if (place < 0) return { ...chain, gone: true };
  return chain.blocks[place]?.hash === hash ? { ...chain, blocks: chain.blocks.slice(0, place) } : chain;
}

function withBlock(chain: HonestChain, height: number, hash: string, hex: string): HonestChain {
  const place = height - chain.first;
  if (place < 0 || place > chain.blocks.length || chain.blocks[place]?.hash === hash) return chain;
  const decoded = decodeHeader(hexToBytes(hex.slice(0, HEADER_DIGITS)));
  if (!decoded.ok) return chain;
  return { ...chain, blocks: [...chain.blocks.slice(0, place), honestBlock(decoded.header)] };
}

function honestBlock(header: Block['header']): HonestBlock {
  return { hash: blockHashOf(header), work: workOfBits(header.bits), time: header.time };
}
