/** The chain's events and replies, as every command writes them. */
import { encodeCoins, type BlockHash } from '@pocket/chain';
import { chainEvents, type ChainEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import type { Decision, NewEvent } from '@pocket/eventstore';
import type { ChainReply } from './commands.ts';
import type { Chain, ChainState, StoredBlock } from './state.ts';

export const CHAIN_STREAM = 'chain';

/** The event of a block that goes on top; its undo data must be there. */
export function connectedEvent(chain: Chain, stored: StoredBlock, blockHash: BlockHash, height: number): ChainEvent {
  return { type: 'BlockConnected', data: { ...storedData(chain, stored, blockHash, height), undo: undoHex(stored) } };
}

export function undoHex({ undo }: StoredBlock): string {
  if (undo === undefined) throw new Error('a block has no undo data although it was connected');
  return bytesToHex(encodeCoins(undo));
}

/** What every event of a block says of it. */
export function storedData(
  { chainId }: Chain,
  { block, hex, firstSeen }: Pick<StoredBlock, 'block' | 'hex' | 'firstSeen'>,
  blockHash: BlockHash,
  height: number,
) {
  return {
    chainId,
    height,
    blockHash,
    block: hex,
    firstSeen: block.transactions.map((_, at) => firstSeen[at] ?? null),
  };
}

export function recorded(event: ChainEvent): NewEvent {
  return { ...event, stream: CHAIN_STREAM, schemaVersion: chainEvents[event.type].schemaVersion };
}

export function refused(refusal: Extract<ChainReply, { ok: false }>): Decision<ChainReply> {
  return { events: [], reply: refusal };
}

export function startedChain({ chain }: ChainState): Chain {
  if (chain === undefined) throw new Error('no chain has been started');
  return chain;
}

/** An answer about a block of the best chain, or about its tip. */
export function replyOf({ chainId }: Pick<Chain, 'chainId'>, blockHash: BlockHash | null, height: number | null) {
  return {
    ok: true,
    chainId,
    blockHash,
    height,
    onBestChain: true,
    waitsFor: null,
    found: null,
    unfinished: false,
  } as const;
}

export function tipReply(chain: Chain) {
  return replyOf(chain, chain.tip?.blockHash ?? null, chain.tip?.height ?? null);
}
