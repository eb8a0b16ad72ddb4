/**
 * How the chain moves to its heaviest valid branch: off with the blocks down to the fork, on with those of the branch.
 * A step goes as far as the blocks that were loaded for it; the next one goes on from there. A block that turns out to
 * break a rule is marked, nothing else happens then, and the next step knows it.
 */
import {
  blockHashOf,
  connectBlock,
  CoinView,
  decodeBlock,
  disconnectBlock,
  reorganization,
  type BlockHash,
  type IndexedBlock,
  type Rejection,
  type Reorganization,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { Decision } from '@pocket/eventstore';
import type { ChainReply, InvalidateBlock, ReconsiderBlock } from './commands.ts';
import {
  connectedEvent,
  recorded,
  refused,
  replyOf,
  startedChain,
  storedData,
  tipReply,
  undoHex,
} from './recording.ts';
import type { Chain, ChainState, StoredBlock } from './state.ts';

const NOTHING_TO_DO: Reorganization = { disconnect: [], connect: [] };

/** What takes the chain to the tip that is best now. */
export function planOf({ chain }: Pick<ChainState, 'chain'>): Reorganization {
  return chain === undefined ? NOTHING_TO_DO : reorganization(chain.tip, chain.index.bestTip());
}

export function activateBest(state: ChainState): Decision<ChainReply> {
  const chain = startedChain(state);
  const { genesis } = chain.network;
  if (genesis !== null && chain.index.size === 0) return connectGenesis(chain, genesis, state);
  const { disconnect, connect } = planOf(state);
  if (disconnect.length + connect.length === 0) return { events: [], reply: tipReply(chain) };
  const step = new Step(state, chain);
  for (const block of disconnect) if (!step.disconnect(block)) return step.outcome(false);
  for (const block of connect) if (!step.connect(block)) return step.outcome(false);
  return step.outcome(true);
}

/** The first block of a network that has one of its own is right because it is that block. */
function connectGenesis(chain: Chain, hex: string, state: ChainState): Decision<ChainReply> {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`the first block of ${chain.network.name} cannot be read: ${decoded.message}`);
  const stored = { block: decoded.block, hex, undo: [], firstSeen: [] };
  const blockHash = blockHashOf(decoded.block.header);
  state.blocks.set(blockHash, stored);
  const event = recorded(connectedEvent(chain, stored, blockHash, 0));
  return { events: [event], reply: replyOf(chain, blockHash, 0) };
}

/** One step of a reorganization, on a copy of the coins, so that a step that fails has changed nothing. */
class Step {
  private readonly view: CoinView;
  private readonly state: ChainState;
  private readonly chain: Chain;
  private events: ChainEvent[] = [];
  private tip: IndexedBlock | undefined;
  private found: { blockHash: BlockHash; rejection: Rejection } | null = null;

  constructor(state: ChainState, chain: Chain) {
    this.state = state;
    this.chain = chain;
    this.tip = chain.tip;
    this.view = new CoinView(state.coins.entries());
  }

  /** False where the block was not loaded: the step ends here. */
  disconnect(block: IndexedBlock): boolean {
    const stored = this.loaded(block);
    if (stored === undefined) return false;
    disconnectBlock(this.view, stored.block, stored.undo ?? []);
    const data = { ...storedData(this.chain, stored, block.blockHash, block.height), undo: undoHex(stored) };
    this.events.push({ type: 'BlockDisconnected', data });
    this.tip = block.parent;
    return true;
  }

  /** False where the block was not loaded, and where it breaks a rule: then that is all that happens. */
  connect(block: IndexedBlock): boolean {
    const { blockHash, height } = block;
    const stored = this.loaded(block);
    if (stored === undefined) return false;
    const connected = connectBlock(this.view, stored.block, height, this.chain.network);
    if (!connected.ok) {
      this.found = { blockHash, rejection: connected };
      return false;
    }
    const complete = { ...stored, undo: connected.undo };
    this.state.blocks.set(blockHash, complete);
    this.events.push(connectedEvent(this.chain, complete, blockHash, height));
    this.tip = block;
    return true;
  }

  outcome(finished: boolean): Decision<ChainReply> {
    if (this.found !== null) return this.refusal(this.found);
    if (this.events.length === 0) throw new Error('a reorganization was decided without its blocks');
    this.state.coins = this.view;
    const reply = replyOf(this.chain, this.tip?.blockHash ?? null, this.tip?.height ?? null);
    return { events: this.events.map(recorded), reply: { ...reply, unfinished: !finished } };
  }

  private refusal(found: { blockHash: BlockHash; rejection: Rejection }): Decision<ChainReply> {
    const { code, message } = found.rejection;
    const event = recorded(invalidated(this.chain, found.blockHash, { code, message }));
    return { events: [event], reply: { ...tipReply(this.chain), found, unfinished: true } };
  }

  private loaded({ blockHash }: IndexedBlock): StoredBlock | undefined {
    return this.state.blocks.get(blockHash);
  }
}

const BY_OPERATOR = { code: 'invalidated', message: 'an operator has said that no chain may hold this block' };

export function invalidate({ blockHash }: InvalidateBlock, state: ChainState): Decision<ChainReply> {
  const chain = startedChain(state);
  const block = chain.index.get(blockHash);
  if (block === undefined) return unknownBlock(blockHash);
  if (block.height === 0)
    return refused({
      ok: false,
      code: 'genesis-block',
      message: `${blockHash} is the first block of the chain; a chain without it is another chain`,
    });
  if (chain.index.invalidatedBelow(block) !== undefined) return { events: [], reply: tipReply(chain) };
  const event = recorded(invalidated(chain, blockHash, BY_OPERATOR));
  return { events: [event], reply: { ...tipReply(chain), unfinished: true } };
}

export function reconsider({ blockHash }: ReconsiderBlock, state: ChainState): Decision<ChainReply> {
  const chain = startedChain(state);
  if (chain.index.get(blockHash) === undefined) return unknownBlock(blockHash);
  const reconsidered = chain.index.invalidatedAround(blockHash);
  if (reconsidered.length === 0) return { events: [], reply: tipReply(chain) };
  const data = { chainId: chain.chainId, blockHash, reconsidered };
  const event = recorded({ type: 'BlockReconsidered', data });
  return { events: [event], reply: { ...tipReply(chain), unfinished: true } };
}

function invalidated({ chainId }: Chain, blockHash: string, reason: { code: string; message: string }): ChainEvent {
  return { type: 'BlockInvalidated', data: { chainId, blockHash, reason } };
}

function unknownBlock(blockHash: string): Decision<ChainReply> {
  return refused({ ok: false, code: 'not-found', message: `this chain has no block ${blockHash}` });
}
