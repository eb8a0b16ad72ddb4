/**
 * What takes more than one commit: a heavier branch is kept first and becomes the chain step by step, and a block that
 * has come brings in those that have waited for it. Every step may be the last one of this process; `settle` goes on
 * from wherever the log stands.
 */
import type { Logger } from 'pino';
import type { BlockHash, Rejection } from '@pocket/chain';
import { contextOfOwn, type RequestContext } from '@pocket/service-kit';
import type { ChainCommand, ChainReply, SubmitBlock } from './domain/commands.ts';
import type { ChainWriter } from './store.ts';
import type { WaitingBlock, WaitingBlocks } from './waiting.ts';

export interface ChainParts {
  waiting: WaitingBlocks;
  writer: Pick<ChainWriter, 'execute'>;
  logger: Logger;
  /** Unix seconds. */
  now: () => number;
}

export type Refusal = Extract<ChainReply, { ok: false }>;

/** Executes a command and, where it leaves the chain unfinished, what follows of it. The last answer, and what broke a rule. */
export async function execute(
  { writer }: Pick<ChainParts, 'writer'>,
  context: RequestContext,
  command: ChainCommand,
): Promise<{ reply: ChainReply; found: Map<BlockHash, Rejection> }> {
  const found = new Map<BlockHash, Rejection>();
  for (let next: ChainCommand = command; ; next = { type: 'ActivateBest' }) {
    const { reply, position } = await writer.execute(next, context.metadata);
    context.wrote('chainstate', position);
    if (reply.ok && reply.found !== null) found.set(reply.found.blockHash, reply.found.rejection);
    if (!reply.ok || !reply.unfinished) return { reply, found };
  }
}

/** Makes the best branch the chain, if it is not yet: a process may have died on the way. */
export async function settle(parts: Pick<ChainParts, 'writer'>, context: RequestContext): Promise<void> {
  await execute(parts, context, { type: 'ActivateBest' });
}

export interface SettlingParts extends Pick<ChainParts, 'writer' | 'logger'> {
  /** How long the log is. */
  head: () => Promise<{ position: number }>;
}

const SETTLE_EVERY_MS = 1_000;
/** After so many looks without a pause. */
const MOST_LOOKS = 5;

/**
 * Settles now and then: a reorganization ends half done not only with the process that made it, but also where one of its
 * steps could not be written. While the log grows somebody is at it, and the steps are those of his request. Returns how to
 * stop.
 */
export function keepSettling(parts: SettlingParts): () => void {
  let seen: number | undefined;
  let looks = 0;
  const attempt = (): Promise<void> => settle(parts, contextOfOwn());
  const look = async (): Promise<void> => {
    const { position } = await parts.head();
    looks = position === seen ? MOST_LOOKS : looks + 1;
    seen = position;
    if (looks < MOST_LOOKS) return;
    looks = 0;
    await attempt();
  };
  const orWarn = (settling: Promise<void>): void =>
    void settling.catch((error: unknown) =>
      parts.logger.warn({ err: error }, 'the best chain could not be settled yet'),
    );
  const timer = setInterval(() => orWarn(look()), SETTLE_EVERY_MS);
  orWarn(attempt());
  return () => clearInterval(timer);
}

/** Takes a block in, as a whole: the answer says where it stands when everything that follows from it has happened. */
export async function submitBlock(
  parts: ChainParts,
  context: RequestContext,
  command: SubmitBlock,
): Promise<ChainReply> {
  const reply = await submitOne(parts, context, command);
  if (!reply.ok) return reply;
  if (reply.waitsFor === null) return bringIn(parts, context, command, reply);
  await parts.waiting.keep({ blockHash: waitingHash(reply), block: command.block, hex: command.hex });
  // Its parent may have come while it was being kept.
  const again = await submitOne(parts, context, command);
  if (!again.ok || again.waitsFor === null) await parts.waiting.remove(waitingHash(reply));
  return again;
}

/** Takes in the blocks that waited for this one. A miner's next order need not wait for strangers' blocks. */
async function bringIn(
  parts: ChainParts,
  context: RequestContext,
  command: SubmitBlock,
  reply: Extract<ChainReply, { ok: true }>,
): Promise<ChainReply> {
  const adopting = adopt(parts, context, reply.blockHash);
  if (!command.onlyOnTip) return (await adopting) ? submitOne(parts, context, command) : reply;
  adopting.catch((error: unknown) => parts.logger.warn({ err: error }, 'waiting blocks could not be taken in'));
  return reply;
}

async function submitOne(parts: ChainParts, context: RequestContext, command: SubmitBlock): Promise<ChainReply> {
  const first = await parts.writer.execute(command, context.metadata);
  context.wrote('chainstate', first.position);
  if (!first.reply.ok || !first.reply.unfinished) return first.reply;
  const { found } = await execute(parts, context, { type: 'ActivateBest' });
  const broken = found.get(first.reply.blockHash as BlockHash);
  if (broken !== undefined) return broken;
  const { reply } = await parts.writer.execute(command, context.metadata);
  // A block below this one has turned out to be invalid on the way: what was kept is known to be of no use.
  return reply.ok || found.size === 0 ? reply : { ...reply, code: 'bad-prevblk' };
}

function waitingHash({ blockHash }: Extract<ChainReply, { ok: true }>): BlockHash {
  if (blockHash === null) throw new Error('a block that waits has no hash');
  return blockHash;
}

/** Takes in the blocks that have waited for this one, and those that wait for them. Whether there were any. */
async function adopt(parts: ChainParts, context: RequestContext, parent: string | null): Promise<boolean> {
  const open = parent === null ? [] : await parts.waiting.waitingFor(parent);
  const any = open.length > 0;
  for (let child = open.shift(); child !== undefined; child = open.shift()) {
    await adoptOne(parts, context, child);
    open.push(...(await parts.waiting.waitingFor(child.blockHash)));
  }
  return any;
}

async function adoptOne(parts: ChainParts, context: RequestContext, child: WaitingBlock): Promise<void> {
  const { block, hex } = child;
  const command = { type: 'SubmitBlock', block, hex, chainId: undefined, firstSeen: [], onlyOnTip: false } as const;
  const reply = await submitOne(parts, context, { ...command, now: parts.now() });
  if (!reply.ok) parts.logger.debug({ blockHash: child.blockHash, code: reply.code }, 'waiting block was refused');
  await parts.waiting.remove(child.blockHash);
}
