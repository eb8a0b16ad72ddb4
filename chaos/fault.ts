/**
 * What is done to the system on purpose: the kinds of faults, whom each can hit, and how long they last. Doing them is
 * injection.ts' part, choosing among them schedule.ts'.
 */
import { serviceNames } from '@pocket/stack';

export const faultKinds = [
  'kill',
  'pause',
  'stop-nats',
  'stop-redis',
  'stop-postgres',
  'kill-nats',
  'kill-redis',
  'kill-postgres',
  'wipe-jetstream',
  'drop',
  'repeat',
  'reorder',
] as const;
export type FaultKind = (typeof faultKinds)[number];
export type Replicas = 1 | 2;

/** One fault of a schedule. Times in milliseconds, `atMs` from the moment at which the faults begin. */
export interface Fault {
  readonly atMs: number;
  readonly kind: FaultKind;
  /** A process by its name, a server, or the wire between NATS and the services. */
  readonly target: string;
  /** Until the process or server is started again or goes on, or the wire is well again. */
  readonly lastsMs: number;
  /** Of the choices that a fault makes while it lasts: which message is lost. */
  readonly seed: number;
}

/** From the first to below the second, milliseconds. */
export type Span = readonly [from: number, below: number];

/** How long things last. */
export interface Pace {
  /** Between the beginnings of two faults. */
  readonly gapMs: Span;
  /** How long who was killed or stopped is away. */
  readonly awayMs: Span;
  readonly pauseMs: number;
  readonly wireMs: Span;
}

export const USUAL_PACE: Pace = {
  gapMs: [500, 3_500],
  awayMs: [200, 6_000],
  pauseMs: 10_000,
  wireMs: [2_000, 10_000],
};

export const SERVERS = ['postgres', 'nats', 'redis'] as const;
export type ServerTarget = (typeof SERVERS)[number];
export const WIRE = 'wire';
/** So many miner workers always run: with one of them away blocks are found still. */
export const WORKERS = 2;

/** The names of all service processes and workers, as @pocket/stack gives them. */
export function processNames(replicas: Replicas): string[] {
  const copies = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => (index === 0 ? name : `${name}-${index + 1}`));
  return [...serviceNames.flatMap((name) => copies(name, replicas)), ...copies('miner-worker', WORKERS)];
}

/** Whom a fault of this kind can hit. */
export function targetsOf(kind: FaultKind, replicas: Replicas): readonly string[] {
  switch (kind) {
    case 'kill':
      return processNames(replicas);
    case 'pause':
      return [...processNames(replicas), ...SERVERS];
    case 'stop-nats':
    case 'kill-nats':
    case 'wipe-jetstream':
      return ['nats'];
    case 'stop-redis':
    case 'kill-redis':
      return ['redis'];
    case 'stop-postgres':
    case 'kill-postgres':
      return ['postgres'];
    case 'drop':
    case 'repeat':
    case 'reorder':
      return [WIRE];
    default:
      return kind satisfies never;
  }
}

/** How long a fault of this kind lasts at this pace. */
export function spanOf(kind: FaultKind, { awayMs, pauseMs, wireMs }: Pace): Span {
  if (kind === 'pause') return [pauseMs, pauseMs + 1];
  return targetsOf(kind, 1)[0] === WIRE ? wireMs : awayMs;
}
