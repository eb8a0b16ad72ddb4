/** What becomes of a broken system: it settles, is judged, must go on, and is judged again. */
import { randomOf } from '@pocket/testkit/random';
import { gatherEvidence, type Evidence } from './evidence.ts';
import { breachesOf, isBroken, type Finding } from './finding.ts';
import { goOn } from './going-on.ts';
import type { History } from './history.ts';
import { judge } from './judge.ts';
import { clientOf } from './load.ts';
import { settle } from './settling.ts';
import type { System } from './system.ts';

export interface Judgement {
  /** undefined where the system could not be asked. */
  readonly evidence: Evidence | undefined;
  readonly findings: readonly Finding[];
}

export interface JudgementOptions {
  readonly system: System;
  readonly history: History;
  readonly seed: number;
  readonly onLine: (line: string) => void;
}

const SETTLE_WITHIN_MS = 90_000;
/** Messages that are lost are delivered again after 30 s; nobody may have to wait for that. */
const GO_ON_WITHIN_MS = 20_000;

/** The second judgement counts, unless the first has found something. */
export async function judgeSystem({ system, history, seed, onLine }: JudgementOptions): Promise<Judgement> {
  onLine('Settling');
  const settled = await settle(system, SETTLE_WITHIN_MS);
  const first = await observe(system, history);
  if (first.findings.some(isBroken)) return { ...first, findings: [settled, ...first.findings] };
  onLine('Going on');
  const client = clientOf(system, history, randomOf(seed));
  const goesOn = await goOn({ system, client, seed, withinMs: GO_ON_WITHIN_MS });
  const second = await observe(system, history);
  return { ...second, findings: [settled, goesOn, ...second.findings] };
}

/** That a service does not tell what it has, or that it cannot be read, is a finding like any other. */
async function observe(system: System, { calls }: History): Promise<Judgement> {
  let evidence: Evidence | undefined;
  try {
    evidence = await gatherEvidence(system, calls);
    return { evidence, findings: [readable([]), ...judge(evidence)] };
  } catch (error) {
    return { evidence, findings: [readable([error instanceof Error ? error.message : String(error)])] };
  }
}

function readable(texts: readonly string[]): Finding {
  return {
    invariant: 'readable',
    says: 'every service tells all that it has, and all of it can be read',
    count: 1,
    detail: 'all logs and tables',
    breaches: breachesOf(texts),
  };
}
