/** What many seeds come to together. */
import type { Outcome } from './run.ts';
import type { FaultKind } from './world/faults.ts';

/** Without its trace: small enough to be sent from one process to another. */
export type Summary = Omit<Outcome, 'trace'>;

export interface Tally {
  seeds: number;
  failed: number[];
  faults: Partial<Record<FaultKind, number>>;
  events: number;
  blocks: number;
  wishes: Outcome['wishes'];
  steps: number;
  simulatedMs: number;
}

export function emptyTally(): Tally {
  const wishes = { done: 0, refused: 0, unanswered: 0 };
  return { seeds: 0, failed: [], faults: {}, events: 0, blocks: 0, wishes, steps: 0, simulatedMs: 0 };
}

/** Adds one seed, in place. */
export function addOutcome(tally: Tally, outcome: Summary): void {
  tally.seeds++;
  if (outcome.accusations.length > 0) tally.failed.push(outcome.seed);
  addEach(tally.faults, outcome.faults);
  addEach(tally.wishes, outcome.wishes);
  tally.events += outcome.events;
  tally.blocks += outcome.blocks;
  tally.steps += outcome.steps;
  tally.simulatedMs += outcome.simulatedMs;
}

export function faultCount({ faults }: Pick<Tally, 'faults'>): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0);
}

/** One line of JSON. @param wallMs how long it took. */
export function figuresOf(tally: Tally, wallMs: number, threads: number): string {
  const { seeds, failed, faults, events, blocks, wishes, steps, simulatedMs } = tally;
  const perSecond = (count: number): number => Math.round((count * 1_000) / wallMs);
  return JSON.stringify({
    seeds,
    passed: seeds - failed.length,
    failed,
    faults: faultCount(tally),
    faultsPerSecond: perSecond(faultCount(tally)),
    faultsByKind: faults,
    events,
    blocks,
    wishes,
    moments: steps,
    simulatedSeconds: Math.round(simulatedMs / 1_000),
    wallSeconds: Math.round(wallMs / 100) / 10,
    threads,
  });
}

function addEach<K extends string>(into: Partial<Record<K, number>>, counts: Partial<Record<K, number>>): void {
  for (const [kind, count] of Object.entries<number | undefined>(counts))
    into[kind as K] = (into[kind as K] ?? 0) + (count ?? 0);
}
