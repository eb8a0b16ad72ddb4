/**
 * The seeded simulation: some seeds of it, that a seed is one order of events to the last byte, and that the judge
 * notices when a promise is taken away. Thousands of seeds: `npm run sim -- --seeds 10000`.
 */
import { describe, expect, it } from 'vitest';
import { runSeed } from '../simulation/run.ts';
import { addOutcome, emptyTally, faultCount } from '../simulation/tally.ts';
import { breaks, type Break } from '../simulation/world/breaks.ts';

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);

describe('fifty seeds', () => {
  const tally = emptyTally();

  it.each(range(1, 50))('seed %i keeps every promise', async (seed) => {
    const outcome = await runSeed(seed);
    addOutcome(tally, outcome);
    expect(outcome.accusations).toEqual([]);
  });

  it('meet faults of every kind, and do something in spite of them', () => {
    expect(tally.seeds).toBe(50);
    expect(Object.keys(tally.faults).length).toBe(21);
    expect(faultCount(tally)).toBeGreaterThan(5_000);
    expect(tally.blocks).toBeGreaterThan(500);
    expect(tally.wishes.done).toBeGreaterThan(1_000);
  });
});

describe('a seed', () => {
  it.each(range(101, 20))('%i is the same run again, byte for byte', async (seed) => {
    const [first, again] = [await runSeed(seed, { depth: 'hash' }), await runSeed(seed, { depth: 'lines' })];
    expect(again.traceHash).toBe(first.traceHash);
    expect(again.trace.length).toBeGreaterThan(100);
  });

  it('is another run than its neighbour', async () => {
    const [one, other] = [await runSeed(201, { depth: 'hash' }), await runSeed(202, { depth: 'hash' })];
    expect(one.traceHash).not.toBe(other.traceHash);
  });

  it('gives the process its time and chance back', async () => {
    await runSeed(203);
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000);
    expect(Math.random()).not.toBe(Math.random());
  });
});

describe('the judge', () => {
  const SEEDS = 60;

  it.each(Object.entries(breaks))('notices within some seeds when %s: %s', async (name) => {
    const found: string[] = [];
    for (const seed of range(1, SEEDS)) {
      if (found.length > 0) break;
      found.push(...(await runSeed(seed, { broken: name as Break })).accusations);
    }
    expect(found).not.toEqual([]);
  });
});
