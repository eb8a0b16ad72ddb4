/**
 * A short run of the kill matrix: every kind of fault on the real system, two replicas of every service, and all that
 * must be true afterwards. Longer ones: npm run chaos.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultKinds, type Pace } from '../chaos/fault.ts';
import { runChaos } from '../chaos/run.ts';
import { countKinds, planOf } from '../chaos/schedule.ts';

const WITHIN_MS = 240_000;
const SHORT_PACE: Pace = { gapMs: [400, 1_600], awayMs: [200, 1_500], pauseMs: 2_000, wireMs: [1_000, 3_000] };

describe('two replicas of every service, broken for 25 seconds', () => {
  it(
    'lose nothing, do nothing twice, and go on',
    async () => {
      const plan = planOf({ seed: 7, durationMs: 25_000, replicas: 2, pace: SHORT_PACE });
      expect(Object.keys(countKinds(plan.faults)).sort()).toEqual([...faultKinds].sort());
      const lines: string[] = [];
      const signal = new AbortController().signal;
      const result = await runChaos({ plan, keep: false, onLine: (line) => lines.push(line), signal });
      const breaches = result.findings.flatMap(({ invariant, breaches }) =>
        breaches.map(({ text }) => `${invariant}: ${text}`),
      );
      expect(breaches, lines.join('\n')).toEqual([]);
      expect(result.keptIn).toBeUndefined();
      expect(result.findings).toHaveLength(19);
      expect(result.summary).toMatchObject({ seed: 7, replicas: 2, invariants: { held: 19, broken: [] } });
      expect(result.summary.payments.accepted).toBeGreaterThan(10);
      expect(result.summary.blocks).toBeGreaterThan(24);
      expect(result.summary.messages.drop).toBeGreaterThan(0);
    },
    WITHIN_MS,
  );
});

describe('a run that is interrupted', () => {
  it(
    'ends all its processes and keeps nothing',
    async () => {
      const plan = planOf({ seed: 1, durationMs: 600_000, replicas: 1, only: ['drop'] });
      const interruption = new AbortController();
      let folder = '';
      let pids: number[] = [];
      const onLine = (line: string): void => {
        folder = /data and logs are in (\S+)/.exec(line)?.[1] ?? folder;
        if (!line.includes(' drop ')) return;
        pids = pidsIn(join(folder, 'run'));
        interruption.abort(new Error('enough'));
      };
      await expect(runChaos({ plan, keep: true, onLine, signal: interruption.signal })).rejects.toThrow('enough');
      expect(pids).toHaveLength(10);
      expect(pids.filter(isAlive)).toEqual([]);
      expect(existsSync(folder)).toBe(false);
    },
    WITHIN_MS,
  );
});

function pidsIn(folder: string): number[] {
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
