/** How a worker finds out how fast it is while it has nothing to do, and that no slice waits for that. */
import { expect, it } from 'vitest';
import { Searcher } from '../src/searcher.ts';

const slice = { searchId: 'a', header: '00'.repeat(80), target: 'ff', from: 0, to: 1_000 };
const LONG_AGO = 0;

/** Threads that end what they were given when the test says so. */
function threadsAtHand() {
  const ends: ((rate: number | null) => void)[] = [];
  const log: string[] = [];
  const searcher = new Searcher({
    ...{ count: 2, kernel: 'made-up', firstRate: 1_000_000 },
    search: ({ from, to }) => {
      log.push(`search ${from} to ${to}`);
      return {
        result: Promise.resolve({ nonce: null, hashes: to - from, ms: 1, bestHash: null }),
        stop: () => log.push('stop'),
      };
    },
    measure: (nonces) => {
      log.push(`measure ${nonces}`);
      const { promise, resolve } = promiseOf<number | null>();
      ends.push(resolve);
      const stop = () => {
        log.push('stop measuring');
        resolve(null);
      };
      return { rate: promise, stop };
    },
  });
  return { searcher, log, ends };
}

function promiseOf<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

it('says what a moment of searching for nothing has told, in place of what it was at first', async () => {
  const { searcher, log, ends } = threadsAtHand();
  const measured = searcher.measure(LONG_AGO);
  ends[0]?.(40_000_000);
  await measured;
  expect(log).toEqual(['measure 40000']);
  expect(searcher.report().rate).toBe(40_000_000);
});

it('does not measure what slices have told a moment ago, nor twice at once, nor at its end', async () => {
  const { searcher, log, ends } = threadsAtHand();
  await searcher.measure(60_000);
  expect(log).toEqual([]);
  const measured = searcher.measure(LONG_AGO);
  await searcher.measure(LONG_AGO);
  ends[0]?.(1);
  await measured;
  searcher.close();
  await searcher.measure(LONG_AGO);
  expect(log).toEqual(['measure 40000']);
});

it('stops measuring for a slice, which is searched as if nothing had been', async () => {
  const { searcher, log } = threadsAtHand();
  const measured = searcher.measure(LONG_AGO);
  expect(await searcher.search(slice)).toMatchObject({ nonce: null, hashes: 1_000 });
  await measured;
  expect(log).toEqual(['measure 40000', 'stop measuring', 'search 0 to 1000']);
  expect(searcher.report().rate).toBe(1_000_000);
});

it('stops measuring when it ends', async () => {
  const { searcher, log } = threadsAtHand();
  const measured = searcher.measure(LONG_AGO);
  searcher.close();
  await measured;
  expect(log).toEqual(['measure 40000', 'stop measuring']);
});
