/**
 * One run: the real system is started, kept busy and broken by the schedule; then it settles, is judged, must go on, and
 * is judged again. Returns what was found; nothing of it runs afterwards.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '@pocket/testkit/random';
import { gatherEvidence, type Evidence } from './evidence.ts';
import type { Fault } from './fault.ts';
import type { Finding } from './finding.ts';
import { goOn } from './going-on.ts';
import { History } from './history.ts';
import { inject } from './injection.ts';
import { judge } from './judge.ts';
import { clientOf, prepareLoad, runLoad } from './load.ts';
import { countPayments, faultLine, findingLines, type Summary } from './report.ts';
import { countKinds, type Plan } from './schedule.ts';
import { settle } from './settling.ts';
import { startSystem, type System } from './system.ts';

export interface RunOptions {
  readonly plan: Plan;
  /** Keeps the servers' data of a run with a broken invariant; the logs and the evidence are kept anyway. */
  readonly keep: boolean;
  readonly onLine: (line: string) => void;
  /** Ends the run; everything is stopped and an error is thrown. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly summary: Summary;
  readonly findings: readonly Finding[];
  /** Where logs and evidence are; undefined where nothing was broken. */
  readonly keptIn: string | undefined;
}

const SETTLE_WITHIN_MS = 90_000;
/** Messages that are lost are delivered again after 30 s; nobody may have to wait for that. */
const GO_ON_WITHIN_MS = 20_000;

/** Throws a StackError when the system cannot be started, and the signal's reason when it was ended. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const { plan, onLine, signal } = options;
  signal.throwIfAborted();
  const system = await startSystem({ replicas: plan.replicas, onNote: (text) => onLine(`          ${text}`), signal });
  let removeData = true;
  let keepFolder = false;
  try {
    const { evidence, findings, begunAtMs } = await unlessEnded(breakAndJudge(system, options), signal);
    for (const line of findings.flatMap((finding) => findingLines(finding, plan.faults, begunAtMs))) onLine(line);
    const isBroken = findings.some(({ breaches }) => breaches.length > 0);
    keepFolder = isBroken;
    removeData = !(isBroken && options.keep);
    if (isBroken) await writeEvidence(system, evidence, plan, findings);
    return {
      summary: summaryOf(plan, system, evidence, findings),
      findings,
      keptIn: isBroken ? system.dataDir : undefined,
    };
  } finally {
    await system.stop({ removeData });
    if (!keepFolder) await rm(system.dataDir, { recursive: true, force: true });
  }
}

/** Whatever is under way then meets a system that is gone, and is not waited for. */
async function unlessEnded<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  const ended = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, ended]);
}

interface Judged {
  readonly evidence: Evidence;
  readonly findings: readonly Finding[];
  /** When the faults began, unix milliseconds. */
  readonly begunAtMs: number;
}

async function breakAndJudge(system: System, { plan, onLine, signal }: RunOptions): Promise<Judged> {
  const history = new History(`chaos-${plan.seed}`);
  const wallets = await prepareLoad({ system, history, seed: plan.seed });
  const begunAtMs = Date.now();
  await breakSystem(system, history, wallets, { plan, onLine, signal });
  signal.throwIfAborted();
  onLine('Settling');
  const settled = await settle(system, SETTLE_WITHIN_MS);
  const first = await gatherEvidence(system, history.calls);
  const findings = [settled, ...judge(first)];
  if (findings.some(({ breaches }) => breaches.length > 0)) return { evidence: first, findings, begunAtMs };
  onLine('Going on');
  const client = clientOf(system, history, randomOf(plan.seed));
  const goesOn = await goOn({ system, client, seed: plan.seed, withinMs: GO_ON_WITHIN_MS });
  const evidence = await gatherEvidence(system, history.calls);
  return { evidence, findings: [settled, goesOn, ...judge(evidence)], begunAtMs };
}

async function breakSystem(
  system: System,
  history: History,
  wallets: readonly string[],
  { plan, onLine, signal }: Pick<RunOptions, 'plan' | 'onLine' | 'signal'>,
): Promise<void> {
  const over = new AbortController();
  const end = AbortSignal.any([signal, over.signal]);
  const load = runLoad({ system, history, seed: plan.seed, signal: end }, wallets);
  const faults = injectAll(system, plan.faults, { onLine, signal });
  await pause(plan.durationMs, undefined, { signal }).catch(() => undefined);
  over.abort();
  await Promise.all([load, faults]);
}

/** Each at its time, whether or not earlier ones are over. Resolves when the last one is. */
async function injectAll(
  system: System,
  faults: readonly Fault[],
  { onLine, signal }: Pick<RunOptions, 'onLine' | 'signal'>,
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

async function writeEvidence(
  system: System,
  evidence: Evidence,
  plan: Plan,
  findings: readonly Finding[],
): Promise<void> {
  await writeFile(join(system.dataDir, 'evidence.json'), JSON.stringify({ plan, findings, evidence }, null, 1));
}

function summaryOf(plan: Plan, system: System, evidence: Evidence, findings: readonly Finding[]): Summary {
  const broken = findings.filter(({ breaches }) => breaches.length > 0).map(({ invariant }) => invariant);
  return {
    seed: plan.seed,
    minutes: plan.durationMs / 60_000,
    replicas: plan.replicas,
    faults: countKinds(plan.faults),
    messages: system.wire.hits,
    payments: countPayments(evidence.calls),
    blocks: evidence.blocks.length,
    events: Object.values(evidence.logs).reduce((sum, { events }) => sum + events.length, 0),
    invariants: { held: findings.length - broken.length, broken },
  };
}
