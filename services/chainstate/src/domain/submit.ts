/** Whether a block is kept, and whether it goes on top of the chain at once. */
import {
  ancestorAt,
  blockHashOf,
  checkBlockAlone,
  checkBlockInContext,
  connectBlock,
  medianTimePast,
  nextBits,
  NULL_BLOCK_HASH,
  recentTimes,
  reject,
  workOfBits,
  type BlockContext,
  type BlockHash,
  type IndexedBlock,
  type NetworkParameters,
  type Rejection,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import type { Decision } from '@pocket/eventstore';
import type { ChainReply, SubmitBlock } from './commands.ts';
import { connectedEvent, recorded, refused, replyOf, startedChain, storedData } from './recording.ts';
import type { Chain, ChainState } from './state.ts';

/** What the next block on top of `parent` must fit into. */
export function contextOn(parent: IndexedBlock | undefined, network: NetworkParameters, now: number): BlockContext {
  return {
    height: parent === undefined ? 0 : parent.height + 1,
    previousBlockHash: parent?.blockHash ?? NULL_BLOCK_HASH,
    bits: nextBits(parent, network),
    medianTimePast: medianTimePast(recentTimes(parent, network.medianTimeSpan), network.medianTimeSpan),
    now,
  };
}

export function submit(command: SubmitBlock, state: ChainState): Decision<ChainReply> {
  const { chain } = state;
  if (chain === undefined || (command.chainId !== undefined && command.chainId !== chain.chainId))
    return refused(wrongChain(command, chain));
  const blockHash = blockHashOf(command.block.header);
  const known = chain.index.get(blockHash);
  if (known !== undefined) return submitAgain(known, chain);
  const alone = checkBlockAlone(command.block, chain.network);
  if (!alone.ok) return refused(alone);
  return submitNew(command, blockHash, chain, state);
}

/** The same block again gets the same answer. */
function submitAgain(known: IndexedBlock, chain: Chain): Decision<ChainReply> {
  const invalid = chain.index.invalidatedBelow(known);
  if (invalid === undefined) return { events: [], reply: knownReply(known, chain) };
  return refused(refuseBranch('duplicate-invalid', invalid));
}

function knownReply(known: IndexedBlock, chain: Chain): ChainReply {
  const { blockHash, height } = known;
  const onBestChain = chain.tip !== undefined && ancestorAt(chain.tip, height) === known;
  return { ...replyOf(chain, blockHash, height), onBestChain };
}

function submitNew(command: SubmitBlock, blockHash: BlockHash, chain: Chain, state: ChainState): Decision<ChainReply> {
  const { header } = command.block;
  const parent = chain.index.get(header.previousBlockHash);
  const misplaced = checkPlace(command, parent, chain);
  if (misplaced !== undefined) return refused(misplaced);
  if (parent === undefined && header.previousBlockHash !== NULL_BLOCK_HASH) return waiting(blockHash, command, chain);
  const context = contextOn(parent, chain.network, command.now);
  const fits = checkBlockInContext(command.block, context, chain.network);
  if (!fits.ok) return refused(fits);
  if (parent === chain.tip) return connect(command, context, blockHash, state);
  const height = context.height;
  const chainWork = (parent?.chainWork ?? 0n) + workOfBits(header.bits);
  state.blocks.set(blockHash, { ...command, undo: undefined });
  const stored: ChainEvent = { type: 'BlockStored', data: storedData(chain, command, blockHash, height) };
  const unfinished = chainWork > (chain.tip?.chainWork ?? 0n);
  return {
    events: [recorded(stored)],
    reply: { ...replyOf(chain, blockHash, height), onBestChain: false, unfinished },
  };
}

/** A block on top of an invalid one, a second first block, and one that is not on the tip where it has to be. */
function checkPlace(
  { block, onlyOnTip }: SubmitBlock,
  parent: IndexedBlock | undefined,
  { index, tip, network }: Chain,
): Rejection | undefined {
  const { previousBlockHash } = block.header;
  const expected = tip?.blockHash ?? NULL_BLOCK_HASH;
  if (onlyOnTip && previousBlockHash !== expected)
    return reject('bad-prevblk', `the block builds on ${previousBlockHash}, the tip is ${expected}`, {
      found: previousBlockHash,
      expected,
    });
  const invalid = index.invalidatedBelow(parent);
  if (invalid !== undefined) return refuseBranch('bad-prevblk', invalid);
  if (previousBlockHash === NULL_BLOCK_HASH && (index.size > 0 || network.genesis !== null))
    return reject('prev-blk-not-found', `the block builds on ${previousBlockHash}, the tip is ${expected}`, {
      found: previousBlockHash,
      expected,
    });
  return undefined;
}

function refuseBranch(code: 'duplicate-invalid' | 'bad-prevblk', { blockHash: found }: IndexedBlock): Rejection {
  const expected = 'only valid blocks below it';
  return reject(code, `the block builds on ${found}, which is invalid; expected are ${expected}`, { found, expected });
}

function waiting(blockHash: BlockHash, { block }: SubmitBlock, chain: Chain): Decision<ChainReply> {
  const waitsFor = block.header.previousBlockHash;
  return { events: [], reply: { ...replyOf(chain, blockHash, null), onBestChain: false, waitsFor } };
}

function connect(
  command: SubmitBlock,
  { height }: BlockContext,
  blockHash: BlockHash,
  state: ChainState,
): Decision<ChainReply> {
  const chain = startedChain(state);
  const connected = connectBlock(state.coins, command.block, height, chain.network);
  if (!connected.ok) return refused(connected);
  const stored = { ...command, undo: connected.undo };
  state.blocks.set(blockHash, stored);
  const event = connectedEvent(chain, stored, blockHash, height);
  return { events: [recorded(event)], reply: replyOf(chain, blockHash, height) };
}

function wrongChain({ chainId }: SubmitBlock, chain: Chain | undefined): Extract<ChainReply, { ok: false }> {
  const found = chainId ?? 'any chain';
  const message = `the block was made for ${found}, this is chain ${chain?.chainId ?? 'none'}`;
  return { ok: false, code: 'wrong-chain', message, details: { found, expected: chain?.chainId ?? 'a started chain' } };
}
