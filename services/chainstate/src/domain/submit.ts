/** Whether a block is kept, and whether it goes on top of the chain at once. */
import {
  ancestorAt,
  blockHashOf,
  checkBlockAlone,
  checkBlockInContext,
  connectBlock,
  contextOn,
  NULL_BLOCK_HASH,
  reject,
  workOfBits,
  type BlockContext,
  type BlockIndex,
  type BlockHash,
  type IndexedBlock,
  type Rejection,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import type { Decision } from '@pocket/eventstore';
import type { ChainReply, SubmitBlock } from './commands.ts';
import { connectedEvent, recorded, refused, replyOf, startedChain, storedData } from './recording.ts';
import type { Chain, ChainState } from './state.ts';

export function submit(command: SubmitBlock, state: ChainState): Decision<ChainReply> {
  const { chain } = state;
  if (chain === undefined || (command.chainId !== undefined && command.chainId !== chain.chainId))
    return refused(wrongChain(command, chain));
  // Before anything is said of the header: it may be known, and the body with it not its own.
  const alone = checkBlockAlone(command.block, chain.network);
  if (!alone.ok) return refused(alone);
  const blockHash = blockHashOf(command.block.header);
  const known = chain.index.get(blockHash);
  if (known !== undefined) return submitAgain(known, chain);
  return submitNew(command, blockHash, chain, state);
}

/** The same block again gets the same answer, until it is known to be invalid. */
function submitAgain(known: IndexedBlock, chain: Chain): Decision<ChainReply> {
  const invalid = chain.index.invalidatedBelow(known);
  if (invalid === undefined) return { events: [], reply: knownReply(known, chain) };
  return refused(invalid === known ? refuseKnown(known, chain) : refuseBranch('duplicate-invalid', invalid, chain));
}

function refuseKnown(known: IndexedBlock, { index }: Chain): Rejection {
  const [found, expected] = [known.blockHash, 'a block that breaks no rule'];
  const message = `the block ${found} is invalid${becauseOf(known, index)}; expected is ${expected}`;
  return reject('duplicate-invalid', message, { found, expected });
}

/** The recorded reason, as the end of a clause. */
function becauseOf(block: IndexedBlock, index: BlockIndex): string {
  const reason = index.reasonOf(block);
  return reason === undefined ? '' : ` (${reason.code}: ${reason.message})`;
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
  chain: Chain,
): Rejection | undefined {
  const { index, tip, network } = chain;
  const { previousBlockHash } = block.header;
  const expected = tip?.blockHash ?? NULL_BLOCK_HASH;
  if (onlyOnTip && previousBlockHash !== expected)
    return reject('bad-prevblk', `the block builds on ${previousBlockHash}, the tip is ${expected}`, {
      found: previousBlockHash,
      expected,
    });
  const invalid = index.invalidatedBelow(parent);
  if (invalid !== undefined) return refuseBranch('bad-prevblk', invalid, chain);
  if (previousBlockHash === NULL_BLOCK_HASH && (index.size > 0 || network.genesis !== null))
    return reject('prev-blk-not-found', `the block builds on ${previousBlockHash}, the tip is ${expected}`, {
      found: previousBlockHash,
      expected,
    });
  return undefined;
}

/** A block on top of one that no chain may hold. */
export function refuseBranch(
  code: 'duplicate-invalid' | 'bad-prevblk',
  invalid: IndexedBlock,
  { index }: Chain,
): Rejection {
  const [found, expected] = [invalid.blockHash, 'only valid blocks below it'];
  const message = `the block builds on ${found}, which is invalid${becauseOf(invalid, index)}; expected are ${expected}`;
  return reject(code, message, { found, expected });
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
