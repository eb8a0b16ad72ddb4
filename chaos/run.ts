/**
 * One run: the real system is started, kept busy and broken by the schedule, and judged. Returns what was found; nothing
 * of it runs afterwards, and nothing is left of a run that found nothing.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { breakSystem } from './breaking.ts';
import { isBroken, type Finding } from './finding.ts';
import { History, type Call } from './history.ts';
import { judgeSystem, type Judgement } from './judgement.ts';
import { prepareLoad } from './load.ts';
import { countPayments, findingLines, type Summary } from './report.ts';
import { countKinds, type Plan } from './schedule.ts';
import { startSystem, type System } from './system.ts';

export interface RunOptions {
  readonly plan: Plan;
  /** Keeps the servers' data of a run with a broken invariant; the logs and the evidence are kept anyway. */
  readonly keep: boolean;
  readonly onLine: (line: string) => void;
  /** Ends the run; everything is stopped and deleted, and the signal's reason is thrown. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly summary: Summary;
  readonly findings: readonly Finding[];
  /** Where logs and evidence are; undefined where nothing was broken. */
  readonly keptIn: string | undefined;
}

/** Throws a StackError when the system cannot be started, and the signal's reason when it was ended. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const { plan, onLine, signal } = options;
  signal.throwIfAborted();
  const system = await startSystem({ replicas: plan.replicas, onNote: (text) => onLine(`          ${text}`), signal });
  let [removeData, removeFolder] = [true, true];
  try {
    const { judgement, calls, begunAtMs } = await unlessEnded(breakAndJudge(system, options), signal);
    const { findings } = judgement;
    for (const line of findings.flatMap((finding) => findingLines(finding, plan.faults, begunAtMs))) onLine(line);
    removeFolder = !findings.some(isBroken);
    removeData = removeFolder || !options.keep;
    if (!removeFolder) await writeEvidence(system, plan, judgement);
    const summary = summaryOf(plan, system, judgement, calls);
    return { summary, findings, keptIn: removeFolder ? undefined : system.dataDir };
  } finally {
    await system.stop({ removeData });
    if (removeFolder) await rm(system.dataDir, { recursive: true, force: true });
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
  readonly judgement: Judgement;
  readonly calls: readonly Call[];
  /** When the faults began, unix milliseconds. */
  readonly begunAtMs: number;
}

async function breakAndJudge(system: System, { plan, onLine, signal }: RunOptions): Promise<Judged> {
  const history = new History(`chaos-${plan.seed}`);
  const wallets = await prepareLoad({ system, history, seed: plan.seed });
  const begunAtMs = Date.now();
  await breakSystem({ system, plan, history, wallets, onLine, signal });
  signal.throwIfAborted();
  const judgement = await judgeSystem({ system, history, seed: plan.seed, onLine });
  return { judgement, calls: history.calls, begunAtMs };
}

async function writeEvidence({ dataDir }: System, plan: Plan, { evidence, findings }: Judgement): Promise<void> {
  await writeFile(join(dataDir, 'evidence.json'), JSON.stringify({ plan, findings, evidence }, null, 1));
}

function summaryOf(plan: Plan, { wire }: System, judgement: Judgement, calls: readonly Call[]): Summary {
  const { evidence, findings } = judgement;
  const broken = findings.filter(isBroken).map(({ invariant }) => invariant);
  return {
    seed: plan.seed,
    minutes: plan.durationMs / 60_000,
    replicas: plan.replicas,
    faults: countKinds(plan.faults),
    messages: wire.hits,
    payments: countPayments(calls),
    blocks: evidence?.blocks.length ?? 0,
    events: Object.values(evidence?.logs ?? {}).reduce((sum, { events }) => sum + events.length, 0),
    invariants: { held: findings.length - broken.length, broken },
  };
}
