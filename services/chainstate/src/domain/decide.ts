/** Which block is connected, and when a new chain begins. Pure: time, chance and coins come in as arguments. */
import {
  blockHashOf,
  checkBlock,
  connectBlock,
  describeNetwork,
  encodeBlock,
  encodeCoins,
  medianTimePast,
  NULL_BLOCK_HASH,
  type Block,
  type BlockContext,
  type NetworkParameters,
  type RejectCode,
} from '@pocket/chain';
import { chainEvents, type ChainEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import type { Decision } from '@pocket/eventstore';
import { evolve, type Chain, type ChainState } from './state.ts';

export interface StartChain {
  type: 'StartChain';
  chainId: string;
  network: NetworkParameters;
  /** Does nothing where a chain has been started already. */
  onlyFirst: boolean;
}

export interface ConnectBlock {
  type: 'ConnectBlock';
  /** The chain the block was made for. */
  chainId: string;
  block: Block;
  /** When the pool first saw each transaction, in block order. */
  firstSeen: (number | null)[];
  /** Unix seconds. */
  now: number;
}

export type ChainCommand = StartChain | ConnectBlock;

export type ChainReply =
  | { ok: true; chainId: string; blockHash: string | null; height: number | null }
  | { ok: false; code: RejectCode | 'wrong-chain'; message: string };

export const CHAIN_STREAM = 'chain';

/** Decides one command and takes the outcome into `state`. */
export function decide(command: ChainCommand, state: ChainState): Decision<ChainReply> {
  switch (command.type) {
    case 'StartChain':
      return startChain(command, state);
    case 'ConnectBlock':
      return connect(command, state);
    default:
      return command satisfies never;
  }
}

/** What the next block must fit into. */
export function nextBlockContext({ network, tip }: Chain, now: number): BlockContext {
  return {
    height: tip === undefined ? 0 : tip.height + 1,
    previousBlockHash: tip?.blockHash ?? NULL_BLOCK_HASH,
    bits: network.initialBits,
    medianTimePast: medianTimePast(tip?.times ?? [], network.medianTimeSpan),
    now,
  };
}

function startChain({ chainId, network, onlyFirst }: StartChain, state: ChainState): Decision<ChainReply> {
  if (onlyFirst && state.chain !== undefined) return { events: [], reply: receipt(state.chain) };
  const parameters = { ...describeNetwork(network) };
  return accept(state, { type: 'ChainStarted', data: { chainId, network: network.name, parameters } });
}

function connect(command: ConnectBlock, state: ChainState): Decision<ChainReply> {
  const { chain } = state;
  if (chain === undefined || chain.chainId !== command.chainId) return refuseChain(command, chain);
  const blockHash = blockHashOf(command.block.header);
  if (chain.tip?.blockHash === blockHash) return { events: [], reply: receipt(chain) };
  const context = nextBlockContext(chain, command.now);
  const checked = checkBlock(command.block, context, chain.network);
  if (!checked.ok) return { events: [], reply: checked };
  const connected = connectBlock(state.coins, command.block, context.height, chain.network);
  if (!connected.ok) return { events: [], reply: connected };
  const event: ChainEvent = {
    type: 'BlockConnected',
    data: {
      chainId: chain.chainId,
      height: context.height,
      blockHash,
      block: bytesToHex(encodeBlock(command.block)),
      undo: bytesToHex(encodeCoins(connected.undo)),
      firstSeen: command.block.transactions.map((_, index) => command.firstSeen[index] ?? null),
    },
  };
  return accept(state, event, command.block.header.time);
}

function accept(state: ChainState, event: ChainEvent, blockTime?: number): Decision<ChainReply> {
  evolve(state, event, blockTime);
  const { schemaVersion } = chainEvents[event.type];
  return { events: [{ ...event, stream: CHAIN_STREAM, schemaVersion }], reply: receipt(state.chain) };
}

function receipt(chain: Chain | undefined): ChainReply {
  if (chain === undefined) throw new Error('no chain has been started');
  return {
    ok: true,
    chainId: chain.chainId,
    blockHash: chain.tip?.blockHash ?? null,
    height: chain.tip?.height ?? null,
  };
}

function refuseChain({ chainId }: ConnectBlock, chain: Chain | undefined): Decision<ChainReply> {
  const message = `the block was made for chain ${chainId}, this is chain ${chain?.chainId ?? 'none'}`;
  return { events: [], reply: { ok: false, code: 'wrong-chain', message } };
}
