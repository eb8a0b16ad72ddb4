/** The schedule of faults: the same for the same seed, within its time, and never two faults on one target at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultKinds, processNames, targetsOf } from '../../../chaos/fault.ts';
import { planTable } from '../../../chaos/report.ts';
import { countKinds, planOf, type Plan } from '../../../chaos/schedule.ts';

const MINUTE = 60_000;
const REPLICAS_OF_7 = 1;
const FIRST_OF_7: Plan['faults'] = [
  { atMs: 685, kind: 'reorder', target: 'wire', lastsMs: 9823, seed: 1063148692 },
  { atMs: 3818, kind: 'kill-redis', target: 'redis', lastsMs: 1033, seed: 664191052 },
  { atMs: 5190, kind: 'pause', target: 'gateway', lastsMs: 10000, seed: 320052760 },
];
const seeds = fc.integer({ min: 0, max: 4_294_967_295 });
const plans = fc.record({ seed: seeds, durationMs: fc.integer({ min: 1, max: 3 * MINUTE }) }).map(planOf);
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void =>
  fc.assert(fc.property(arbitrary, property), { seed: 7, numRuns: 100 });

describe('a schedule', () => {
  it('is the same for the same seed, in another process and another year too', () => {
    const { replicas, faults } = planOf({ seed: 7, durationMs: 2 * MINUTE });
    expect(replicas).toBe(REPLICAS_OF_7);
    expect(faults.slice(0, 3)).toEqual(FIRST_OF_7);
  });

  it('is the same whenever it is asked for, and another one for another seed', () => {
    check(seeds, (seed) => {
      const plan = planOf({ seed, durationMs: 2 * MINUTE });
      expect(planOf({ seed, durationMs: 2 * MINUTE })).toEqual(plan);
      expect(planOf({ seed: (seed + 1) % 2 ** 32, durationMs: 2 * MINUTE }).faults).not.toEqual(plan.faults);
    });
  });

  it('begins every fault within its time, in order', () => {
    check(plans, ({ faults, durationMs }) => {
      const times = faults.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
      expect(times.filter((at) => at <= 0 || at >= durationMs)).toEqual([]);
    });
  });

  it('hits only what such a fault can hit, and nobody twice at once', () => {
    check(plans, ({ faults, replicas }) => {
      const freeAt = new Map<string, number>();
      const offending = faults.filter(({ kind, target, atMs, lastsMs }) => {
        const isFree = atMs >= (freeAt.get(target) ?? 0);
        freeAt.set(target, atMs + lastsMs);
        return !isFree || !targetsOf(kind, replicas).includes(target);
      });
      expect(offending).toEqual([]);
    });
  });

  it('lets every kind happen within two minutes', () => {
    check(seeds, (seed) => {
      expect(Object.keys(countKinds(planOf({ seed, durationMs: 2 * MINUTE }).faults)).sort()).toEqual(
        [...faultKinds].sort(),
      );
    });
  });

  it('pauses for ten seconds', () => {
    const { faults } = planOf({ seed: 1, durationMs: 10 * MINUTE });
    const pauses = faults.filter(({ kind }) => kind === 'pause');
    expect(pauses.length).toBeGreaterThan(5);
    expect(new Set(pauses.map(({ lastsMs }) => lastsMs))).toEqual(new Set([10_000]));
  });

  it('keeps to the kinds and to the replicas that are asked for', () => {
    const plan = planOf({ seed: 3, durationMs: 2 * MINUTE, only: ['kill', 'drop'], replicas: 2 });
    expect(Object.keys(countKinds(plan.faults)).sort()).toEqual(['drop', 'kill']);
    expect(plan.replicas).toBe(2);
    const killed = new Set(plan.faults.filter(({ kind }) => kind === 'kill').map(({ target }) => target));
    expect([...killed].some((name) => name.endsWith('-2'))).toBe(true);
  });

  it('draws one or two replicas', () => {
    const drawn = Array.from({ length: 20 }, (_, seed) => planOf({ seed, durationMs: 1 }).replicas);
    expect([...new Set(drawn)].sort()).toEqual([1, 2]);
  });

  it.each([-1, 1.5, 2 ** 32, NaN])('refuses the seed %s', (seed) => {
    expect(() => planOf({ seed, durationMs: 1 })).toThrow(`seed ${seed} must be a whole number from 0 to 4294967295`);
  });

  it.each([0, -1, NaN])('refuses to last %s ms', (durationMs) => {
    expect(() => planOf({ seed: 1, durationMs })).toThrow('must last longer than 0');
  });
});

describe('the processes that can be hit', () => {
  it('are all services, each as often as it runs, and two workers', () => {
    expect(processNames(1)).toEqual([
      'wallet',
      'tx-pool',
      'miner',
      'chainstate',
      'gateway',
      'miner-worker',
      'miner-worker-2',
    ]);
    expect(processNames(2)).toHaveLength(12);
  });
});

describe('the table of a schedule', () => {
  it('has a line for every fault below one that counts them', () => {
    const plan = planOf({ seed: 7, durationMs: MINUTE });
    const [head, ...lines] = planTable(plan).split('\n');
    expect(head).toContain(`seed 7, 60.0 s, ${plan.replicas} of every service: ${plan.faults.length} faults`);
    expect(lines).toHaveLength(plan.faults.length);
    expect(lines[0]).toContain(plan.faults[0]?.kind);
  });
});
