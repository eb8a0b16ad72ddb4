import { defineConfig } from 'vitest/config';
import { LongestFirst } from './libs/testkit/src/longest-first.ts';

/** What `docker compose` brings up from the files as they are, tested through its one port and behind it. */
export default defineConfig({
  test: {
    name: 'containers',
    include: [
      'tests/containers/*.test.ts',
      'tests/integration/{original-contract,original-errors,usage-example}.integration.test.ts',
    ],
    globalSetup: ['libs/testkit/src/compose-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    sequence: { sequencer: LongestFirst },
    // Each file's stack is a whole system of its own, which waits for most of the time.
    maxWorkers: 3,
  },
});
