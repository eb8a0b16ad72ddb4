/** What somebody who waits for an export or import is told, by a clock that is a variable. */
import { describe, expect, it } from 'vitest';
import { progressPrinter } from '../../scripts/archive/progress.ts';

describe('the progress', () => {
  it('is told once a second, with the rate of its own task and the time that is left', () => {
    const lines: string[] = [];
    let now = 500;
    const step = progressPrinter(
      (line) => lines.push(line),
      () => now,
    );
    const told = [
      [0, 'log of wallet', 100],
      [900, 'log of wallet', 1_000],
      [1_000, 'log of wallet', 2_100],
      [1_999, 'log of wallet', 4_000],
      [2_500, 'log of wallet', 5_100],
      [9_000, 'log of miner', 50],
      [10_000, 'log of miner', 60],
    ] as const;
    for (const [at, task, done] of told) {
      now = 500 + at;
      step({ task, done, total: 10_000 });
    }
    expect(lines).toEqual([
      '  log of wallet: 2100 of 10000, 2000 a second, 4.0 s left',
      '  log of wallet: 5100 of 10000, 2000 a second, 2.5 s left',
      '  log of miner: 60 of 10000, 10 a second, 994.0 s left',
    ]);
  });
});
