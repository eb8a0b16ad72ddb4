/** What the chain is: its rules, its tip, and the coins that the commands at hand touch. */
import { CoinView, networkOf, type BlockHash, type NetworkDescription, type NetworkParameters } from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';

export interface Tip {
  blockHash: BlockHash;
  height: number;
  /** Times of the last blocks, oldest first, as many as the median time past is taken over. */
  times: number[];
}

export interface Chain {
  chainId: string;
  network: NetworkParameters;
  tip: Tip | undefined;
}

export interface ChainState {
  /** undefined before the very first chain was started. */
  chain: Chain | undefined;
  /** Version of the chain's stream as it was loaded. */
  version: number;
  /** The coins that the commands' blocks need; connecting changes them. */
  coins: CoinView;
}

/** Takes an event into the state. The coins of a block were moved when it was decided. */
export function evolve(state: ChainState, event: ChainEvent, blockTime: number | undefined): void {
  switch (event.type) {
    case 'ChainStarted':
      state.chain = {
        chainId: event.data.chainId,
        network: networkOf(event.data.parameters as unknown as NetworkDescription),
        tip: undefined,
      };
      state.coins = new CoinView();
      return;
    case 'BlockConnected':
      connectTip(state, event.data, blockTime ?? 0);
      return;
    default:
      event satisfies never;
  }
}

function connectTip({ chain }: ChainState, block: { blockHash: string; height: number }, time: number): void {
  if (chain === undefined) throw new Error('a block was connected before a chain was started');
  const times = [...(chain.tip?.times ?? []), time].slice(-chain.network.medianTimeSpan);
  chain.tip = { blockHash: block.blockHash as BlockHash, height: block.height, times };
}
