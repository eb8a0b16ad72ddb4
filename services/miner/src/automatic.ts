/**
 * Mines without being asked, as the mode says, on the replica that leads. What a mode has begun ends with it; a block that
 * was found goes to the chainstate first. Nothing is remembered: whoever leads next goes on from the mode and the pool.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { mergePositions, type MiningMode, type MiningOrder, type TipView } from '@pocket/contracts';
import { Bell, contextOfOwn, type RequestContext } from '@pocket/service-kit';
import { isSame } from './domain/mode.ts';
import { mineBlock, type MiningParts } from './mining.ts';
import { askCandidates, askTip } from './queries.ts';
import { SearchStoppedError } from './searching.ts';

export interface AutomaticParts extends MiningParts {
  readMode: () => Promise<MiningMode>;
  logger: Logger;
}

/** Without word of a change it is looked as often: word may be lost. */
const LOOK_EVERY_MS = 1_000;
/** After a failure, and while the chain's time is too far ahead of the clock. */
const REST_MS = 1_000;
/** Blocks that come faster than one in six seconds push the chain's time ahead; two hours is what the rules allow. */
const MAX_AHEAD_SECONDS = 3_600;

/** Mines in whatever mode is set, until the returned call. */
export function keepMining(parts: AutomaticParts): () => void {
  const ending = new AbortController();
  const bell = new Bell();
  const stopListening = parts.changes.listen((log, types) => {
    if (log === 'miner' && types.includes('MiningModeSet')) bell.ring();
  });
  void followMode(parts, bell, ending.signal).finally(stopListening);
  return () => ending.abort(new SearchStoppedError('not-leading', 'this replica leads no more'));
}

async function followMode(parts: AutomaticParts, changed: Bell, signal: AbortSignal): Promise<void> {
  let current: { mode: MiningMode; stop: AbortController } | undefined;
  while (!signal.aborted) {
    const mode = await parts.readMode().catch(() => current?.mode);
    if (mode !== undefined && !(current && isSame(current.mode, mode))) {
      current?.stop.abort(new SearchStoppedError('mode-changed', `the mode is ${mode.mode} now`));
      current = { mode, stop: new AbortController() };
      void mineInMode(parts, mode, current.stop.signal);
    }
    await changed.wait(LOOK_EVERY_MS, signal);
  }
  current?.stop.abort(signal.reason);
}

async function mineInMode(parts: AutomaticParts, mode: MiningMode, signal: AbortSignal): Promise<void> {
  const next = rhythmOf(parts, mode);
  while (next !== undefined && !signal.aborted)
    try {
      await next(signal);
    } catch (error) {
      await failed(parts.logger, mode, error, signal);
    }
}

/** What the mode's end has broken off is no failure. */
async function failed(logger: Logger, { mode }: MiningMode, error: unknown, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  logger.warn({ err: error, mode }, 'no block could be mined by itself, will try again');
  await rest(REST_MS, signal);
}

/** One turn of a mode: at most one block. */
type Turn = (signal: AbortSignal) => Promise<void>;

function rhythmOf(
  parts: AutomaticParts,
  { mode, address, maxTransactions, intervalSeconds }: MiningMode,
): Turn | undefined {
  const order = { address: address ?? '', maxTransactions: maxTransactions ?? 0 };
  const mine: MineOnce = (signal, context = contextOfOwn(), height) =>
    mineOnce(parts, context, height === undefined ? order : { ...order, height }, signal);
  switch (mode) {
    case 'manual':
      return undefined;
    case 'on-transaction':
      return onTransaction(parts, order, mine);
    case 'interval':
      return atIntervals((intervalSeconds ?? 1) * 1_000, mine);
    case 'continuous':
      return whileNotFarAhead(parts, mine);
    default:
      return mode satisfies never;
  }
}

type MineOnce = (signal: AbortSignal, context?: RequestContext, height?: number) => Promise<void>;

/** @throws Error when no block came of it. */
async function mineOnce(
  parts: AutomaticParts,
  context: RequestContext,
  order: MiningOrder,
  signal: AbortSignal,
): Promise<void> {
  const answer = await mineBlock(parts, context, order, { signal });
  // Somebody else's block was faster: the next turn is on top of that one.
  if (!answer.ok && answer.problem.status !== 409) throw new Error(answer.problem.detail);
}

/** One after the other, but not while the chain's time is too far ahead of the clock, which is said once. */
function whileNotFarAhead(parts: AutomaticParts, mine: MineOnce): Turn {
  let isWaiting = false;
  return async (signal) => {
    const tip = await askTip(parts, contextOfOwn());
    if (!tip.ok) throw new Error(tip.problem.detail);
    const seconds = secondsTooFarAhead(tip.value);
    if (seconds > 0 && !isWaiting)
      parts.logger.warn(
        { seconds },
        "the chain's time is more than an hour ahead of the clock: no block until it is not",
      );
    isWaiting = seconds > 0;
    if (isWaiting) await rest(REST_MS, signal);
    else await mine(signal);
  };
}

/** The next one is due an interval after the last one was, however long that took; what has been missed is not made up. */
function atIntervals(intervalMs: number, mine: MineOnce): Turn {
  let due = performance.now() + intervalMs;
  return async (signal) => {
    await rest(due - performance.now(), signal);
    due = Math.max(due + intervalMs, performance.now());
    if (!signal.aborted) await mine(signal);
  };
}

/** A block as soon as something waits that the last one has not left out. */
function onTransaction(parts: AutomaticParts, { maxTransactions: limit }: MiningOrder, mine: MineOnce): Turn {
  const bell = new Bell();
  let leftOut = new Set<string>();
  let words = 0;
  const hear = (log: string) => {
    if (log !== 'tx-pool') return;
    words++;
    bell.ring();
  };
  return async (signal) => {
    const stopListening = parts.changes.listen(hear);
    try {
      const before = words;
      const { txids, height } = await whatWaits(parts, contextOfOwn(), limit);
      if (txids.every((txid) => leftOut.has(txid))) {
        if (words === before) await bell.wait(LOOK_EVERY_MS, signal);
        return;
      }
      const context = contextOfOwn();
      await mine(signal, context, height);
      const later = contextOfOwn();
      mergePositions(later.after, context.seen);
      const remaining = new Set((await whatWaits(parts, later, limit)).txids);
      leftOut = new Set(txids.filter((txid) => remaining.has(txid)));
    } finally {
      stopListening();
    }
  };
}

async function whatWaits(parts: AutomaticParts, context: RequestContext, limit: number) {
  const tip = await askTip(parts, context);
  const offered = await askCandidates(parts, context, { limit, order: 'arrival' });
  if (!tip.ok) throw new Error(tip.problem.detail);
  if (!offered.ok) throw new Error(offered.problem.detail);
  return { height: tip.value.next.height, txids: offered.value.transactions.map(({ txid }) => txid) };
}

/** How long the clock takes until continuous goes on; 0 where it does not wait. */
export function secondsTooFarAhead({ next }: TipView): number {
  return Math.max(0, next.medianTimePast - Math.floor(Date.now() / 1_000) - MAX_AHEAD_SECONDS);
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(Math.max(ms, 0), undefined, { signal }).catch(() => undefined);
}
