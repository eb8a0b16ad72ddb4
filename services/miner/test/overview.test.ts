/** What the miner says of waiting for the clock. The pool and the chainstate are stand-ins. */
import { expect, it, vi } from 'vitest';
import { networks } from '@pocket/chain';
import type { MiningMode } from '@pocket/contracts';
import { contextOfOwn, type ServiceClient } from '@pocket/service-kit';
import { readOverview } from '../src/overview.ts';

const TIP = 'ab'.repeat(32);
const NOW_SECONDS = 1_700_000_000;
const { name: network, initialBits: bits } = networks.pocket;

async function waitOf(mode: MiningMode['mode'], secondsAhead: number): Promise<number | undefined> {
  const next = { height: 7, previousBlockHash: TIP, bits, medianTimePast: NOW_SECONDS + secondsAhead };
  const get = (_: unknown, path: string) => {
    const tip = { chainId: 'chain', network, blockHash: TIP, height: 6, next };
    return Promise.resolve({ ok: true, value: path === '/tip' ? tip : { tip: TIP, count: 0, fees: '0' } });
  };
  const client = { get } as unknown as ServiceClient;
  const parts = {
    ...{ pool: client, chainstate: client, jobs: { workers: () => Promise.resolve([]) }, board: { running: () => [] } },
    readMode: () => Promise.resolve({ mode, address: null, maxTransactions: null, intervalSeconds: null }),
    countBlocks: () => Promise.resolve({ found: 0, stale: 0, refused: 0 }),
  };
  vi.useFakeTimers({ now: NOW_SECONDS * 1_000, toFake: ['Date'] });
  try {
    const answer = await readOverview(parts, contextOfOwn());
    return answer.ok ? answer.value.waitsForClockSeconds : undefined;
  } finally {
    vi.useRealTimers();
  }
}

it.each([
  ['continuous', 3_700, 100],
  ['continuous', 3_600, 0],
  ['continuous', -600, 0],
  ['manual', 3_700, 0],
] as const)('in mode %s, with the chain %i s ahead of the clock, it waits %i s', async (mode, ahead, waits) => {
  expect(await waitOf(mode, ahead)).toBe(waits);
});
