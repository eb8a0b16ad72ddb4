/**
 * Which fault happens when, to whom and for how long: a pure function of the seed. Kinds come from a shuffled deck, so
 * that each comes up before the deck is shuffled anew; several faults may last at once, but never two on one target.
 */
import { randomOf, type Random } from '@pocket/testkit/random';
import { faultKinds, spanOf, targetsOf, USUAL_PACE, type Fault, type FaultKind, type Pace } from './fault.ts';
import type { Replicas, Span } from './fault.ts';

export interface PlanRequest {
  /** A whole number from 0 to below 2^32. */
  readonly seed: number;
  readonly durationMs: number;
  /** Drawn from the seed where it is not given. */
  readonly replicas?: Replicas | undefined;
  /** Only these kinds; all of them where it is not given. */
  readonly only?: readonly FaultKind[] | undefined;
  readonly pace?: Pace | undefined;
}

export interface Plan {
  readonly seed: number;
  readonly durationMs: number;
  readonly replicas: Replicas;
  /** In the order of their beginning. */
  readonly faults: readonly Fault[];
}

const SEEDS = 2 ** 32;
/** A target is left alone for so long after a fault has ended. */
const RECOVERY_MS = 1_000;

/** Throws RangeError for a seed or a duration that is none. */
export function planOf({
  seed,
  durationMs,
  replicas: wanted,
  only = faultKinds,
  pace = USUAL_PACE,
}: PlanRequest): Plan {
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEEDS)
    throw new RangeError(`seed ${seed} must be a whole number from 0 to ${SEEDS - 1}`);
  if (!(durationMs > 0)) throw new RangeError(`a run of ${durationMs} ms must last longer than 0`);
  const random = randomOf(seed);
  const drawn = random.pick([1, 2] as const);
  const replicas = wanted ?? drawn;
  return { seed, durationMs, replicas, faults: drawFaults({ random, durationMs, replicas, only, pace }) };
}

interface Drawing {
  readonly random: Random;
  readonly durationMs: number;
  readonly replicas: Replicas;
  readonly only: readonly FaultKind[];
  readonly pace: Pace;
}

function drawFaults({ random, durationMs, replicas, only, pace }: Drawing): Fault[] {
  const faults: Fault[] = [];
  const busyUntil = new Map<string, number>();
  const deck: FaultKind[] = [];
  for (let atMs = 0; (atMs += within(random, pace.gapMs)) < durationMs;) {
    if (deck.length === 0) deck.push(...shuffled(only.flatMap(copiesOf), random));
    const freeOf = (kind: FaultKind): string[] =>
      targetsOf(kind, replicas).filter((target) => (busyUntil.get(target) ?? 0) <= atMs);
    const place = deck.findIndex((kind) => freeOf(kind).length > 0);
    const [kind] = place === -1 ? [] : deck.splice(place, 1);
    if (kind === undefined) continue;
    const target = random.pick(freeOf(kind));
    const lastsMs = within(random, spanOf(kind, pace));
    busyUntil.set(target, atMs + lastsMs + RECOVERY_MS);
    faults.push({ atMs, kind, target, lastsMs, seed: random.below(SEEDS) });
  }
  return faults;
}

function within(random: Random, [from, below]: Span): number {
  return from + random.below(below - from);
}

/** There are many processes to kill and to pause, and one of each server. */
const OFTEN: Partial<Record<FaultKind, number>> = { kill: 4, pause: 2 };

function copiesOf(kind: FaultKind): FaultKind[] {
  return Array.from({ length: OFTEN[kind] ?? 1 }, () => kind);
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.flatMap(() => left.splice(random.below(left.length), 1));
}

/** How many faults of each kind there are. */
export function countKinds(faults: readonly Fault[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
