/**
 * Given, when, then for the chain: every block there is counts as loaded, every coin too, and what a command leaves
 * unfinished is finished, as chain.ts does it on the real store.
 */
import {
  blockHashOf,
  CoinChanges,
  CoinView,
  decodeBlock,
  decodeCoins,
  describeNetwork,
  encodeBlock,
  networks,
  type Block,
  type BlockHash,
  type NamedCoin,
  type NetworkParameters,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import type { Decision } from '@pocket/eventstore';
import { scenario } from '@pocket/eventstore/scenario';
import type { ChainCommand, ChainReply, SubmitBlock } from '../src/domain/commands.ts';
import { decide } from '../src/domain/decide.ts';
import { emptyChain, evolve, type ChainState } from '../src/domain/state.ts';

export const CHAIN_ID = 'chain-1';

export function startedOn(network: NetworkParameters): ChainEvent {
  const parameters = { ...describeNetwork(network) };
  return { type: 'ChainStarted', data: { chainId: CHAIN_ID, network: network.name, parameters } };
}

export const started = startedOn(networks.pocket);

export function connected(block: Block, height: number, undo = '00'): Extract<ChainEvent, { type: 'BlockConnected' }> {
  return { type: 'BlockConnected', data: { ...stored(block, height).data, undo } };
}

export function disconnected(block: Block, height: number, undo = '00'): ChainEvent {
  return { type: 'BlockDisconnected', data: connected(block, height, undo).data };
}

export function stored(block: Block, height: number): Extract<ChainEvent, { type: 'BlockStored' }> {
  const blockHash = blockHashOf(block.header);
  const firstSeen = block.transactions.map(() => null);
  const hex = bytesToHex(encodeBlock(block));
  return { type: 'BlockStored', data: { chainId: CHAIN_ID, height, blockHash, block: hex, firstSeen } };
}

/** Unix seconds; behind all blocks of the tests. */
export const NOW = 1_700_100_000;

export function submit(block: Block, changes: Partial<SubmitBlock> = {}): SubmitBlock {
  return {
    type: 'SubmitBlock',
    chainId: CHAIN_ID,
    block,
    hex: bytesToHex(encodeBlock(block)),
    firstSeen: block.transactions.map(() => null),
    onlyOnTip: false,
    now: NOW,
    ...changes,
  };
}

/** The chain's rules with these coins from somewhere. */
export function chain(...coins: NamedCoin[]) {
  return scenario<ChainCommand, ChainState, ChainReply, ChainEvent>({
    initial: () => emptyChain(),
    evolve: (state, event) => {
      take(state, event);
      if (event.type === 'ChainStarted') state.coins = new CoinView(coins);
    },
    decide: decideToTheEnd,
  });
}

function decideToTheEnd(command: ChainCommand, state: ChainState): Decision<ChainReply> {
  const events: Decision<ChainReply>['events'] = [];
  for (let next = command; ; next = { type: 'ActivateBest' }) {
    const decision = decide(next, state);
    events.push(...decision.events);
    for (const event of decision.events) evolve(state, event as unknown as ChainEvent);
    if (!decision.reply.ok || !decision.reply.unfinished) return { events, reply: decision.reply };
  }
}

function take(state: ChainState, event: ChainEvent): void {
  evolve(state, event);
  if (event.type !== 'BlockConnected' && event.type !== 'BlockStored') return;
  const { block: hex, blockHash, height, firstSeen } = event.data;
  const block = decodeBlock(hexToBytes(hex));
  const undo = event.type === 'BlockConnected' ? decodeCoins(hexToBytes(event.data.undo)) : undefined;
  if (!block.ok || undo?.ok === false) throw new Error('the test gives a block that cannot be read');
  state.blocks.set(blockHash as BlockHash, { block: block.block, hex, undo: undo?.coins, firstSeen });
  if (undo === undefined) return;
  const changes = new CoinChanges();
  changes.connect(block.block, undo.coins, height);
  for (const outpoint of changes.removed()) state.coins.spend(outpoint);
  for (const { outpoint, coin } of changes.added()) state.coins.add(outpoint, coin);
}
