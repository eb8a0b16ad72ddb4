/** The race of the lab's branch with the honest chain above their fork: who leads, by how much, and what the odds are. Pure. */
import { catchUpProbability } from './catch-up.ts';

export interface Racer {
  /** Blocks above the fork. */
  readonly blocks: number;
  /** Their work, in hashes. */
  readonly work: bigint;
}

export interface RaceState {
  /** Of two equally heavy branches a node keeps the one that it knew first, which is the honest one. */
  readonly leader: 'honest' | 'lab';
  /** The work that the lab's branch has more, or below zero less. */
  readonly ahead: bigint;
  /** How many blocks of the present target the lab's branch lacks to be the heavier one; 0 where it is. */
  readonly toLead: number;
  /** That it ever draws level, and that it ever leads. */
  readonly drawsLevel: number;
  readonly leads: number;
}

/**
 * @param workOfNext what the next block of the lab's branch adds.
 * @param share which part of all hashes is the lab's, 0 to 1.
 */
export function raceState(honest: Racer, lab: Racer, workOfNext: bigint, share: number): RaceState {
  const ahead = lab.work - honest.work;
  const each = workOfNext > 0n ? workOfNext : 1n;
  const behind = ahead < 0n ? Number((each - 1n - ahead) / each) : 0;
  const toLead = ahead > 0n ? 0 : Number(-ahead / each) + 1;
  return {
    leader: ahead > 0n ? 'lab' : 'honest',
    ahead,
    toLead,
    drawsLevel: catchUpProbability(share, behind),
    leads: catchUpProbability(share, toLead),
  };
}

/** Which part of both rates together is the lab's; undefined where one of them is not known. */
export function shareOf(labRate: number | undefined, honestRate: number | undefined): number | undefined {
  if (labRate === undefined || honestRate === undefined || labRate + honestRate === 0) return undefined;
  return labRate / (labRate + honestRate);
}
