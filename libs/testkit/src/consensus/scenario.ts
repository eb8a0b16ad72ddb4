/**
 * What a scenario is, and how one is played to a judge. The same list is played to the rules alone, to a service on
 * Postgres and to the system over HTTP: a judge that holds a lab's base chain takes all of them, in their order.
 */
import { encodeTransaction, type RejectCode, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import type { PlacedBlock } from './branch.ts';
import type { ChainLab } from './chain-lab.ts';
import type { Judge, Verdict } from './judge.ts';

type Thing = 'block' | 'transaction';
type Value = string | number;

export type Step =
  | {
      readonly refuse: Thing;
      readonly hex: string;
      readonly code: string;
      /** Not compared where it is not given: what depends on the judge's clock or is told in a sentence. */
      readonly found?: Value | undefined;
      readonly expected?: Value | undefined;
    }
  | { readonly accept: Thing; readonly hex: string; readonly waits?: boolean }
  | { readonly tip: PlacedBlock };

export interface Scenario {
  readonly name: string;
  /** The rule it is about, in Bitcoin's word; for fork choice what the branch does. */
  readonly rule: string;
  /** Made on wherever the lab's tip is; leaves the lab's tip where the chain must be at the end. */
  readonly steps: (lab: ChainLab) => readonly Step[];
}

/** A block, a transaction, or bytes that are neither. */
export type Submitted = PlacedBlock | Transaction | { readonly bytes: string; readonly as: Thing };

export function refuse(what: Submitted, code: string, found?: Value, expected?: Value): Step {
  const { thing, hex } = bytesOf(what);
  return { refuse: thing, hex, code, found, expected };
}

export function accept(what: Submitted): Step {
  const { thing, hex } = bytesOf(what);
  return { accept: thing, hex };
}

/** A block whose parent has not come yet. */
export function keepWaiting(block: PlacedBlock): Step {
  return { accept: 'block', hex: block.hex, waits: true };
}

export function tipIs(tip: PlacedBlock): Step {
  return { tip };
}

/** Accepts the block, which must be the tip then. */
export function extend(lab: ChainLab, block: PlacedBlock): readonly Step[] {
  return [accept(block), tipIs(lab.follow(block))];
}

/** What a rule refuses, and the values it must name. */
export type Broken = readonly [what: Submitted, found?: Value | undefined, expected?: Value | undefined];

/** A scenario of one thing that a rule refuses. */
export function broken(rule: RejectCode, name: string, make: (lab: ChainLab) => Broken): Scenario {
  return { name, rule, steps: (lab) => [refuse(...withRule(rule, make(lab)))] };
}

function withRule(rule: RejectCode, [what, found, expected]: Broken): Parameters<typeof refuse> {
  return [what, rule, found, expected];
}

/** A scenario of one block that a rule just lets pass; it becomes the tip. */
export function passing(rule: RejectCode, name: string, make: (lab: ChainLab) => PlacedBlock): Scenario {
  return { name: `passes: ${name}`, rule, steps: (lab) => extend(lab, make(lab)) };
}

/** Gives a judge that knows no block of its network but the first one the lab's base chain. */
export async function submitBase(lab: ChainLab, judge: Judge): Promise<void> {
  for (const block of lab.base) await playStep('base chain', accept(block), judge);
  await checkTip('base chain', lab.base.at(-1) ?? lab.tip, judge);
}

/** Throws an error that says what the judge did otherwise. */
export async function play({ name, steps }: Scenario, lab: ChainLab, judge: Judge): Promise<void> {
  let tip = lab.tip;
  for (const step of steps(lab)) {
    if ('tip' in step) tip = step.tip;
    await playStep(name, step, judge);
    if (!('accept' in step)) await checkTip(name, tip, judge);
  }
  await checkTip(name, lab.tip, judge);
}

async function playStep(name: string, step: Step, judge: Judge): Promise<void> {
  if ('tip' in step) return;
  const thing = 'refuse' in step ? step.refuse : step.accept;
  const verdict = await (thing === 'block' ? judge.submitBlock(step.hex) : judge.submitTransaction(step.hex));
  const wrong = 'refuse' in step ? differenceOf(step, verdict) : whyNotAccepted(step.waits ?? false, verdict);
  if (wrong !== undefined) throw new Error(`${name}: ${wrong}; the judge said ${JSON.stringify(verdict)}`);
}

function whyNotAccepted(waits: boolean, verdict: Verdict): string | undefined {
  if (!verdict.ok) return 'expected yes';
  return (verdict.waits ?? false) === waits ? undefined : `expected ${waits ? 'it to wait' : 'a place for it'}`;
}

function differenceOf(step: Extract<Step, { refuse: Thing }>, verdict: Verdict): string | undefined {
  if (verdict.ok || verdict.code !== step.code) return `expected ${step.code}`;
  for (const key of ['found', 'expected'] as const) {
    const value = verdict.details?.[key];
    if (value === undefined) return `expected it to say what was ${key}`;
    if (step[key] !== undefined && step[key] !== value) return `expected ${key} to be ${step[key]}`;
  }
  return undefined;
}

async function checkTip(name: string, expected: PlacedBlock, judge: Judge): Promise<void> {
  const { height, hash } = await judge.tip();
  if (height === expected.height && hash === expected.blockHash) return;
  throw new Error(`${name}: the tip must be ${expected.height} ${expected.blockHash}, it is ${height} ${hash}`);
}

function bytesOf(what: Submitted): { thing: Thing; hex: string } {
  if ('bytes' in what) return { thing: what.as, hex: what.bytes };
  if ('hex' in what) return { thing: 'block', hex: what.hex };
  return { thing: 'transaction', hex: bytesToHex(encodeTransaction(what)) };
}
