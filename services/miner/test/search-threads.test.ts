/** A worker's threads: what they find, how they divide a task, how they stop, and the ends of what they can be asked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReferenceSearch, createSearch } from '@pocket/pow';
import { openSearchThreads, type SearchThreads } from '../src/search-threads.ts';

const header = Uint8Array.from({ length: 80 }, (_, index) => index);
const NEVER = 0n;
/** Met by one nonce in 65,536, and too hard for one thread alone. */
const SELDOM = 2n ** 239n;
/** Met by one nonce in 4,096, as on the default network. */
const EASY = 2n ** 244n;
const ALWAYS = 2n ** 256n - 1n;
/** Hours of work. */
const ALL = 4_294_967_296;
const WITHIN_MS = 4_000;

let threads: SearchThreads;
beforeAll(async () => {
  threads = await openSearchThreads(2);
});
afterAll(() => threads.close());

/** While the main thread only asks, what takes the process's time is the search. */
async function isUnderWay(): Promise<void> {
  const before = process.cpuUsage();
  await expect.poll(() => process.cpuUsage(before).user, { interval: 5, timeout: WITHIN_MS }).toBeGreaterThan(50_000);
}

describe('two threads', () => {
  it('measure how fast they are, until they are stopped', async () => {
    expect(await threads.measure(1).rate).toBeGreaterThan(1_000);
    const stopped = threads.measure(ALL);
    await isUnderWay();
    stopped.stop();
    expect(await stopped.rate).toBeNull();
  });

  it('are started and say what they run', () => {
    expect(threads).toMatchObject({ count: 2, kernel: expect.stringMatching(/^[a-z-]+$/) as string });
  });

  it.each([
    ['a target of 0', NEVER, 0, 500_000],
    ['a slice of length 1', NEVER, 7, 8],
    ['a slice of no length', NEVER, 7, 7],
    ['the last nonces of all', NEVER, ALL - 100_000, ALL],
    ['one nonce more than a chunk', NEVER, 0, 65_537],
  ])('search every nonce of %s once', async (_, target, from, to) => {
    expect(await threads.search({ header, target, from, to }).result).toMatchObject({ nonce: null, hashes: to - from });
  });

  it('find what a plain search finds', async () => {
    const { search } = createReferenceSearch();
    for (const start of [0, 1_000_000]) {
      const { nonce } = await threads.search({ header, target: SELDOM, from: start, to: ALL }).result;
      expect(search(header, SELDOM, nonce ?? 0, (nonce ?? 0) + 1)).toBe(nonce);
    }
  });

  it('find an easy one without being woken, and a late one after that', async () => {
    const { search } = createReferenceSearch();
    for (const from of [0, 50_000]) {
      const { nonce } = await threads.search({ header, target: EASY, from, to: ALL }).result;
      expect(nonce).toBe(search(header, EASY, from, from + 100_000));
    }
    const nowhere = { header, target: EASY, from: 70, to: 71 };
    expect(await threads.search(nowhere).result).toMatchObject({ nonce: null, hashes: 1 });
  });

  it('tell the lowest hash of all that they met', async () => {
    const { search } = await createSearch();
    const { bestHash } = await threads.search({ header, target: NEVER, from: 1_000, to: 150_000 }).result;
    const lowest = BigInt(`0x${bestHash ?? ''}`);
    expect(bestHash).toMatch(/^[0-9a-f]{64}$/);
    expect(search(header, lowest, 1_000, 150_000)).toBeDefined();
    expect(search(header, lowest - 1n, 1_000, 150_000)).toBeUndefined();
  });

  it('of a slice of length 1 find the one nonce', async () => {
    const result = await threads.search({ header, target: ALWAYS, from: 9, to: 10 }).result;
    expect(result).toMatchObject({ nonce: 9, hashes: 1 });
  });

  it('stop at once, and say how far they have come', async () => {
    const running = threads.search({ header, target: NEVER, from: 0, to: ALL });
    await isUnderWay();
    running.stop();
    const { nonce, hashes } = await running.result;
    expect(nonce).toBeNull();
    expect(hashes).toBeLessThan(ALL / 10);
  });

  it('survive a task that makes no sense, and say why it makes none', async () => {
    const task = { header: header.subarray(1), target: NEVER, from: 0, to: 10 };
    await expect(threads.search(task).result).rejects.toThrow('header must have 80 bytes, not 79');
    expect(await threads.search({ ...task, header }).result).toMatchObject({ hashes: 10 });
  });

  it('leave the main thread free', async () => {
    const running = threads.search({ header, target: NEVER, from: 0, to: ALL });
    // What asks, again and again, is the main thread.
    for (let times = 0; times < 3; times++) await isUnderWay();
    running.stop();
    expect((await running.result).nonce).toBeNull();
  });
});
