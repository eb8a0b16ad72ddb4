/**
 * A race that is only thought of: both sides find blocks by chance, at rates that somebody has chosen, as the whitepaper has it
 * (section 11, a binomial random walk). Nothing is mined and nothing of the real chain is in it. Pure; chance comes in.
 */

export interface SimulatedRace {
  readonly honest: number;
  readonly lab: number;
  /** Who found which block, oldest first, the last ones. */
  readonly steps: readonly ('honest' | 'lab')[];
}

export interface Pace {
  /** The probability that the next block is the lab's. */
  readonly share: number;
  /** Between two honest blocks, in the mean. */
  readonly honestSeconds: number;
}

const KEPT_STEPS = 60;

/** @param behind so many blocks the lab's branch lacks when it begins. */
export function startOfRace(behind: number): SimulatedRace {
  return { honest: behind, lab: 0, steps: [] };
}

/** @param chance from 0 up to 1. */
export function nextBlock(race: SimulatedRace, { share }: Pace, chance: number): SimulatedRace {
  const finder = chance < share ? 'lab' : 'honest';
  const steps = [...race.steps, finder].slice(-KEPT_STEPS) as SimulatedRace['steps'];
  return { ...race, [finder]: race[finder] + 1, steps };
}

/**
 * The seconds until somebody finds a block: exponential, at the rate of both sides together, of which the honest one finds its
 * part. @param chance from 0 up to 1.
 */
export function secondsToNext({ share, honestSeconds }: Pace, chance: number): number {
  return -Math.log(1 - chance) * honestSeconds * (1 - share);
}
