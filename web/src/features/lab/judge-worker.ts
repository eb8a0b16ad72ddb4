/**
 * Judges the lab's chain beside the page, so that the page stays quick however many signatures there are. A newer question ends
 * the one under way.
 */
import { networkOf, type NetworkDescription } from '@pocket/chain';
import type { BlockVerdict, Ground } from './judge.ts';
import { Trail } from './trail.ts';

export interface JudgeQuestion {
  readonly round: number;
  /** Where it is another one than in the last question. */
  readonly ground?: Omit<Ground, 'network'> & { readonly network: NetworkDescription };
  /** The blocks in hex, from the lab's first one on. */
  readonly hexes: readonly string[];
  /** Unix seconds. */
  readonly now: number;
}

/** One verdict after another, then that it was the last. */
export type JudgeWord = { readonly round: number } & (
  { readonly verdict: BlockVerdict; readonly index: number } | { readonly done: true }
);

/** So long a newer question waits at most, beside the block that is being judged. */
const TURN_MS = 30;

let trail: Trail | undefined;
let newest = 0;
const say = (word: JudgeWord): void => self.postMessage(word);
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

async function answer({ round, ground, hexes, now }: JudgeQuestion): Promise<void> {
  newest = round;
  if (ground !== undefined) trail = new Trail({ ...ground, network: networkOf(ground.network) });
  let index = 0;
  let since = performance.now();
  for (const verdict of trail?.judge(hexes, now) ?? []) {
    say({ round, verdict, index: index++ });
    if (performance.now() - since < TURN_MS) continue;
    await turn();
    if (round !== newest) return;
    since = performance.now();
  }
  say({ round, done: true });
}

self.onmessage = ({ data }: MessageEvent<JudgeQuestion>) => void answer(data);
