/** The page's search: its runs cover the nonces one behind the other, its finds are valid, and it ends when it is told to. */
import { encodeHeader, hashMeetsTarget, blockHashOf, targetFromBits } from '@pocket/chain';
import { createSearch } from '@pocket/pow';
import { mineOn, ownerOf } from '@pocket/testkit/builders';
import { describe, expect, it } from 'vitest';
import { createCrew, type CrewProgress, type OpenWorker, type SearchRun } from '../../src/features/lab/search-crew.ts';
import { searchRun } from '../../src/features/lab/search-run.ts';

const { name, search } = await createSearch();
const { header } = mineOn(undefined, ownerOf(1));
const HARD = 2n ** 225n;

/** The kernel of the page's workers, in this thread; `runs` notes what it was given. */
function inThread(runs: SearchRun[]): OpenWorker {
  return (hear) => {
    queueMicrotask(() => hear({ kernel: name }));
    return {
      give: (run) => {
        runs.push(run);
        setImmediate(() => hear(searchRun(search, run, () => performance.now())));
      },
      close: () => undefined,
    };
  };
}

describe('the search of the page’s workers', () => {
  it('finds a nonce with which the block’s hash meets its target', async () => {
    const crew = createCrew(inThread([]), 2);
    const said: CrewProgress[] = [];
    const { outcome } = crew.search(encodeHeader(header), targetFromBits(header.bits), (progress) =>
      said.push(progress),
    );
    const { nonce, hashes } = await outcome;
    expect(hashMeetsTarget(blockHashOf({ ...header, nonce: nonce ?? -1 }), header.bits)).toBe(true);
    expect(said.at(-1)?.hashes).toBe(hashes);
    expect(said.at(-1)?.rate).toBeGreaterThan(0);
    expect(crew.kernel()).toBe(name);
  });

  it('gives every nonce out once, in order, in runs that grow with the rate', async () => {
    const runs: SearchRun[] = [];
    const crew = createCrew(inThread(runs), 3);
    const ended = crew.search(encodeHeader(header), HARD, ({ hashes }) => {
      if (hashes > 500_000) ended.stop();
    });
    await ended.outcome;
    expect(runs.length).toBeGreaterThan(3);
    runs.slice(1).forEach(({ from }, index) => expect(from).toBe(runs[index]?.to));
    expect(runs[0]?.from).toBe(0);
  });

  it('ends at once when it is stopped, and hears no more of what is still under way', async () => {
    const runs: SearchRun[] = [];
    const crew = createCrew(inThread(runs), 2);
    const said: CrewProgress[] = [];
    const first = crew.search(encodeHeader(header), 0n, (progress) => said.push(progress));
    first.stop();
    expect(await first.outcome).toEqual({ nonce: undefined, hashes: 0 });
    const second = crew.search(encodeHeader(header), targetFromBits(header.bits), () => undefined);
    expect((await second.outcome).nonce).toBeTypeOf('number');
    expect(said).toEqual([]);
    expect(runs.filter(({ searchId }) => searchId === 1)).toHaveLength(2);
  });

  it('fails with the reason of a worker that cannot go on', async () => {
    const crew = createCrew((_, fail) => ({ give: () => fail('out of memory'), close: () => undefined }), 1);
    const { outcome } = crew.search(encodeHeader(header), HARD, () => undefined);
    await expect(outcome).rejects.toThrow('out of memory');
  });
});
