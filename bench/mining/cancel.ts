/*
 * How soon all workers are idle when one of them has found a nonce: from when the finder has ended its slice to when the
 * last of the others has, by the workers' own clock, which counts whole milliseconds.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { openCrew } from './crew.ts';
import { PROCESSES } from './rates.ts';

/** Enough that every worker is busy when one finds: a search that needs fewer slices puts fewer out. */
const HASHES = 100_000_000n;
/** So many searches for a sample at most: a bench says what is wrong rather than search for ever. */
const SEARCHES_PER_SAMPLE = 4;

export async function measureCancel(redisUrl: string, samples: number): Promise<number[]> {
  const crew = await openCrew(redisUrl, 'cancel', PROCESSES, 1);
  const delays: number[] = [];
  try {
    for (let searches = 0; delays.length < samples; searches++) {
      if (searches >= samples * SEARCHES_PER_SAMPLE) throw new Error('the workers are too fast to be busy all at once');
      const header = randomBytes(80);
      const searchId = randomUUID();
      await crew.jobs.search({ searchId, target: 2n ** 256n / HASHES, headerOf: () => header });
      const slices = await crew.slicesOf(searchId);
      const found = slices.find(({ nonce }) => nonce !== null)?.endedAt ?? 0;
      const broken = slices.filter(({ endedAt, nonce }) => nonce === null && endedAt >= found);
      if (new Set(broken.map(({ workerId }) => workerId)).size < PROCESSES - 1) continue; // somebody had nothing to do
      delays.push(Math.max(...broken.map(({ endedAt }) => endedAt)) - found);
    }
    return delays;
  } finally {
    await crew.close();
  }
}
