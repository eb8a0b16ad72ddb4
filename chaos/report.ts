/** How a plan, a fault, a finding and a summary read. Text only; who prints it is the program's part. */
import type { Fault, FaultKind } from './fault.ts';
import type { Breach, Finding } from './finding.ts';
import { countOutcomes, type Call } from './history.ts';
import type { WireFaultKind } from './misdelivery.ts';
import { countKinds, type Plan } from './schedule.ts';

/** The one line of JSON at the end of a run. */
export interface Summary {
  readonly seed: number;
  readonly minutes: number;
  readonly replicas: number;
  /** Faults that were done, by kind. */
  readonly faults: Partial<Record<FaultKind, number>>;
  /** Messages that a bad wire has hit. */
  readonly messages: Readonly<Record<WireFaultKind, number>>;
  readonly payments: { readonly accepted: number; readonly refused: number; readonly unknown: number };
  readonly blocks: number;
  readonly events: number;
  readonly invariants: { readonly held: number; readonly broken: readonly string[] };
}

const NAME_WIDTH = 20;
const SHOWN_BREACHES = 20;
const SHOWN_FAULTS = 5;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`.padStart(8);

export function faultLine({ atMs, kind, target, lastsMs }: Fault): string {
  return `${seconds(atMs)}  ${kind.padEnd(16)}${target.padEnd(NAME_WIDTH)}for ${seconds(lastsMs).trim()}`;
}

/** The schedule as a table. */
export function planTable({ seed, durationMs, replicas, faults }: Plan): string {
  const kinds = Object.entries(countKinds(faults)).map(([kind, count]) => `${count} ${kind}`);
  return [
    `seed ${seed}, ${seconds(durationMs).trim()}, ${replicas} of every service: ${faults.length} faults (${kinds.join(', ')})`,
    ...faults.map(faultLine),
  ].join('\n');
}

/** A finding, and each breach with the faults before it. `begunAtMs` is when the faults began, unix milliseconds. */
export function findingLines(finding: Finding, faults: readonly Fault[], begunAtMs: number): string[] {
  const { invariant, says, detail, breaches } = finding;
  const head = `${breaches.length === 0 ? 'holds ' : 'BROKEN'}  ${invariant.padEnd(NAME_WIDTH)}${detail}`;
  if (breaches.length === 0) return [head];
  const shown = breaches.slice(0, SHOWN_BREACHES).flatMap((breach) => breachLines(breach, faults, begunAtMs));
  const more = breaches.length > SHOWN_BREACHES ? [`        and ${breaches.length - SHOWN_BREACHES} more`] : [];
  return [head, `        ${says}`, ...shown, ...more];
}

function breachLines({ text, atMs }: Breach, faults: readonly Fault[], begunAtMs: number): string[] {
  const sinceMs = atMs === undefined ? Infinity : atMs - begunAtMs;
  const before = faults.filter(({ atMs: at }) => at <= sinceMs).slice(-SHOWN_FAULTS);
  const when = atMs === undefined ? '' : ` (at ${seconds(sinceMs).trim()})`;
  return [`      - ${text}${when}`, ...before.map((fault) => `          after ${faultLine(fault).trim()}`)];
}

/** Of payments and transactions together. */
export function countPayments(calls: readonly Call[]): Summary['payments'] {
  return countOutcomes(calls.filter(({ kind }) => kind === 'send' || kind === 'transaction'));
}
