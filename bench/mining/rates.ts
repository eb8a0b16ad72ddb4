/*
 * What crews of workers reach together: hashes a second of a search without an end, and who did how much of it. The crews
 * take turns, so that a busy moment of the machine falls on all of them, and each bare search stands before the crew that
 * it is compared with.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../median.ts';
import { openBareSearches } from './bare.ts';
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
  /** One process with one thread, with two, with four threads, and four processes with one. */
  readonly one: readonly Round[];
  readonly two: readonly Round[];
  readonly together: readonly Round[];
  readonly processes: readonly Round[];
  /** Hashes a second of one bare search and of two, in the same turns. */
  readonly bareOne: readonly number[];
  readonly bareTwo: readonly number[];
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
  const bare = await openBareSearches(2);
  const [bareOne, bareTwo] = [[] as number[], [] as number[]];
  const names = Object.keys(figures) as (keyof typeof figures)[];
  try {
    for (const name of names) await measureRound(crews[name]); // finds the length of a slice
    for (let round = 0; round < rounds; round++) {
      bareOne.push(await bare.rate(1, ROUND_MS));
      figures.one.push(await measureRound(crews.one));
      bareTwo.push(await bare.rate(2, ROUND_MS));
      for (const name of ['two', 'together', 'processes'] as const) figures[name].push(await measureRound(crews[name]));
    }
    return { ...figures, bareOne, bareTwo, cores: availableParallelism() };
  } finally {
    bare.close();
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

/** The median of what `rates` divided by `by` are, round by round. */
export function ratioOf(rates: readonly number[], by: readonly number[]): number {
  return median(rates.map((rate, index) => rate / (by[index] ?? rate)));
}
