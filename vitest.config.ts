import { defineConfig } from 'vitest/config';
import { LongestFirst } from './libs/testkit/src/longest-first.ts';

/**
 * `unit`: pure and fast, no server. `simulation`: the five services in one process that has its time taken over.
 * `integration`: real Postgres, NATS and Redis, real service processes.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          isolate: false,
          maxWorkers: '100%',
          // Only what hangs ends by it: CI has them beside the linter.
          testTimeout: 30_000,
          include: [
            'libs/*/test/**/*.test.ts',
            'services/*/test/**/*.test.ts',
            'tests/unit/**/*.test.ts',
            'web/test/**/*.test.ts',
          ],
          exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'simulation',
          // As many as for the unit tests, and so beside them: projects with different numbers of workers take turns.
          maxWorkers: '100%',
          include: ['tests/simulation.test.ts'],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['**/*.integration.test.ts'],
          exclude: ['**/node_modules/**'],
          isolate: false,
          globalSetup: ['libs/testkit/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Every file has a database and a namespace of its own. Two leave two processors waiting for every tenth second.
          maxWorkers: 3,
        },
      },
    ],
  },
});
