/** The time in which it is being broken: clients and faults side by side, until the plan's time is over. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import type { History } from './history.ts';
import { inject } from './injection.ts';
import { runLoad } from './load.ts';
import { faultLine } from './report.ts';
import type { Plan } from './schedule.ts';
import type { System } from './system.ts';

export interface Breaking {
  readonly system: System;
  readonly plan: Plan;
  readonly history: History;
  /** Addresses of the wallets that pay. */
  readonly wallets: readonly string[];
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves when the last call and the last fault have ended; what was taken away may still be on its way back. */
export async function breakSystem({ system, plan, history, wallets, onLine, signal }: Breaking): Promise<void> {
  const over = new AbortController();
  const end = AbortSignal.any([signal, over.signal]);
  const load = runLoad({ system, history, seed: plan.seed, signal: end }, wallets);
  const faults = injectAll(system, plan.faults, { onLine, signal });
  await pause(plan.durationMs, undefined, { signal }).catch(() => undefined);
  over.abort();
  await Promise.all([load, faults]);
}

/** Each at its time, whether or not earlier ones are over. */
async function injectAll(
  system: System,
  faults: readonly Fault[],
  { onLine, signal }: Pick<Breaking, 'onLine' | 'signal'>,
): Promise<void> {
  const begun = Date.now();
  const lasting: Promise<void>[] = [];
  for (const fault of faults) {
    await pause(fault.atMs - (Date.now() - begun), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    onLine(faultLine(fault));
    lasting.push(inject(system, fault, signal));
  }
  await Promise.all(lasting);
}
