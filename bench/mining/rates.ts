/*
 * What crews of workers reach together: hashes a second of a search without an end, and who did how much of it. The crews
 * take turns, so that a busy moment of the machine falls on all of them.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../median.ts';
import { openCrew, type Crew } from './crew.ts';

const NEVER = 0n;
const ROUND_MS = 3_000;
export const PROCESSES = 4;

export interface Round {
  /** Hashes a second. */
  readonly rate: number;
  /** What part of it each worker did. */
  readonly shares: readonly number[];
}

export interface RateFigures {
  /** One thread, two, as many as there are cores; one process with four threads, and four processes with one. */
  readonly one: readonly Round[];
  readonly two: readonly Round[];
  readonly together: readonly Round[];
  readonly processes: readonly Round[];
  readonly cores: number;
}

export async function measureRates(redisUrl: string, rounds: number): Promise<RateFigures> {
  const crews = {
    one: await openCrew(redisUrl, 'one', 1, 1),
    two: await openCrew(redisUrl, 'two', 1, 2),
    together: await openCrew(redisUrl, 'together', 1, PROCESSES),
    processes: await openCrew(redisUrl, 'processes', PROCESSES, 1),
  };
  const figures = { one: [] as Round[], two: [] as Round[], together: [] as Round[], processes: [] as Round[] };
  const names = Object.keys(figures) as (keyof typeof figures)[];
  try {
    for (let round = 0; round <= rounds; round++)
      for (const name of names) {
        const measured = await measureRound(crews[name]);
        if (round > 0) figures[name].push(measured); // the first round finds the length of a slice
      }
    return { ...figures, cores: availableParallelism() };
  } finally {
    await Promise.all(Object.values(crews).map((crew) => crew.close()));
  }
}

async function measureRound(crew: Crew): Promise<Round> {
  const header = randomBytes(80);
  const giveUp = new AbortController();
  const searchId = randomUUID();
  const begun = performance.now();
  const searching = crew.jobs.search({ searchId, target: NEVER, headerOf: () => header }, { signal: giveUp.signal });
  await pause(ROUND_MS);
  giveUp.abort(new Error('the round is over'));
  const seconds = (performance.now() - begun) / 1_000;
  await searching.catch(() => undefined);
  const byWorker = new Map<string, number>();
  for (const { workerId, hashes } of await crew.slicesOf(searchId))
    byWorker.set(workerId, (byWorker.get(workerId) ?? 0) + hashes);
  const total = [...byWorker.values()].reduce((sum, hashes) => sum + hashes, 0);
  return { rate: total / seconds, shares: [...byWorker.values()].map((hashes) => hashes / total).sort() };
}

/** The median of what `rounds` divided by `by` are, round by round. */
export function ratioOf(rounds: readonly Round[], by: readonly Round[]): number {
  return median(rounds.map(({ rate }, index) => rate / (by[index]?.rate ?? rate)));
}
