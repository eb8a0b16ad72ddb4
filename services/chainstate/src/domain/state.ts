/** What the chain is: its rules, the tree of its blocks, the tip, and the coins and blocks that a command touches. */
import {
  BlockIndex,
  CoinView,
  decodeHeader,
  networkOf,
  type Block,
  type BlockHash,
  type BlockHeader,
  type Coin,
  type IndexedBlock,
  type NetworkDescription,
  type NetworkParameters,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';

export interface Chain {
  chainId: string;
  network: NetworkParameters;
  /** All blocks of this chain and its branches. */
  index: BlockIndex;
  tip: IndexedBlock | undefined;
}

/** A block with what it takes to put it on the chain and to take it off again. */
export interface StoredBlock {
  block: Block;
  /** The block's bytes. */
  hex: string;
  /** The coins it spent, in order; undefined until it was on the best chain. */
  undo: readonly Coin[] | undefined;
  firstSeen: readonly (number | null)[];
}

export interface ChainState {
  /** undefined before the very first chain was started. */
  chain: Chain | undefined;
  /** Version of the chain's stream. */
  version: number;
  /** The coins that the command at hand needs. */
  coins: CoinView;
  /** The blocks that it needs, and after the decision those it has connected too. */
  blocks: Map<BlockHash, StoredBlock>;
}

export function emptyChain(): ChainState {
  return { chain: undefined, version: 0, coins: new CoinView(), blocks: new Map() };
}

/** Takes an event into the state; the coins and blocks of a command are not part of it. */
export function evolve(state: ChainState, event: ChainEvent): void {
  state.version++;
  switch (event.type) {
    case 'ChainStarted': {
      const network = networkOf(event.data.parameters as unknown as NetworkDescription);
      state.chain = { chainId: event.data.chainId, network, index: new BlockIndex(), tip: undefined };
      return;
    }
    case 'BlockConnected':
      started(state).tip = indexed(state, event.data);
      return;
    case 'BlockStored':
      indexed(state, event.data);
      return;
    case 'BlockDisconnected':
      started(state).tip = started(state).tip?.parent;
      return;
    case 'BlockInvalidated':
      started(state).index.invalidate(event.data.blockHash as BlockHash, event.data.reason);
      return;
    case 'BlockReconsidered':
      started(state).index.reconsider(event.data.reconsidered as BlockHash[]);
      return;
    default:
      event satisfies never;
  }
}

const HEADER_HEX_DIGITS = 160;

function indexed(state: ChainState, { blockHash, block }: { blockHash: string; block: string }): IndexedBlock {
  const { index } = started(state);
  return index.get(blockHash as BlockHash) ?? index.add(blockHash as BlockHash, headerOf(block));
}

function headerOf(blockHex: string): BlockHeader {
  const decoded = decodeHeader(hexToBytes(blockHex.slice(0, HEADER_HEX_DIGITS)));
  if (!decoded.ok) throw new Error(`a block of the log cannot be read: ${decoded.message}`);
  return decoded.header;
}

function started({ chain }: ChainState): Chain {
  if (chain === undefined) throw new Error('a block was known before a chain was started');
  return chain;
}
