/**
 * Mines the lab's blocks again, the lowest without work first, in workers of the page; and blocks on top of them while a race
 * wants some. What is found stays in the lab: nothing of it is ever sent.
 */
import { encodeHeader, targetFromBits, workOfBits } from '@pocket/chain';
import { onScopeDispose, reactive, ref, watch } from 'vue';
import { madeHere, withHeader, type LabBlock } from './lab-block.ts';
import { MENDED, mend } from './mending.ts';
import {
  createCrew,
  type Crew,
  type OpenWorker,
  type RunningSearch,
  type SearchRun,
  type SearchWord,
} from './search-crew.ts';
import type { UsedLab } from './use-lab.ts';
import { firstWithoutWork, nextBlock, rolled } from './work.ts';

/** So many blocks the lab holds, with those that it has mined itself. */
export const MOST_LAB_BLOCKS = 400;
const MOST_WORKERS = 8;

export type UsedMining = ReturnType<typeof useMining>;

/** @param wantsMore whether one more block is to be mined on top of all. */
export function useMining(lab: UsedLab, wantsMore: () => boolean) {
  const state = reactive({
    running: false,
    /** The height that is searched. */
    height: 0,
    /** Of this block. */
    hashes: 0,
    rate: 0,
    expected: 0,
    /** Blocks and hashes since it was started. */
    found: 0,
    allHashes: 0,
    kernel: '',
  });
  const failure = ref<'exhausted' | 'full' | 'broken'>();
  let crew: Crew | undefined;
  let search: RunningSearch | undefined;
  /** The blocks as the search under way knows them: when somebody changes them it is over. */
  let searched: readonly LabBlock[] = [];
  let stopped = false;
  const isStopped = (): boolean => stopped;

  async function start(): Promise<void> {
    if (state.running) return;
    Object.assign(state, { running: true, found: 0, allHashes: 0 });
    [stopped, failure.value] = [false, undefined];
    crew ??= createCrew(openWorker, workersHere());
    Object.assign(lab.mending, MENDED);
    lab.beginStep();
    try {
      while (!isStopped() && (await step(crew)));
    } catch {
      failure.value = 'broken';
      crew.close();
      crew = undefined;
    } finally {
      state.running = false;
    }
  }

  /** False where there is nothing more to do. */
  async function step(workers: Crew): Promise<boolean> {
    searched = lab.history.value.present;
    const blocks = mend(searched, MENDED);
    const index = firstWithoutWork(blocks);
    const block = blocks[index];
    if (block === undefined) return extend(blocks);
    const { nonce } = await searchFor(workers, block, index);
    if (isStopped()) return false;
    if (lab.history.value.present !== searched) return true;
    const next = nonce === undefined ? rolled(block) : withHeader(block, { nonce });
    if (next === undefined) failure.value = 'exhausted';
    else lab.grow(blocks.with(index, next));
    if (nonce !== undefined) state.found++;
    return next !== undefined;
  }

  function extend(blocks: readonly LabBlock[]): boolean {
    const ground = lab.ground.value;
    if (ground === undefined || !wantsMore()) return false;
    if (blocks.length >= MOST_LAB_BLOCKS) {
      failure.value = 'full';
      return false;
    }
    const block = nextBlock(ground, blocks, lab.key, Math.floor(Date.now() / 1000));
    lab.grow([...blocks, madeHere(block)]);
    return true;
  }

  async function searchFor(workers: Crew, { block: { header } }: LabBlock, index: number) {
    const expected = Number(workOfBits(header.bits));
    Object.assign(state, { height: (lab.real.value?.first ?? 0) + index, hashes: 0, expected });
    const before = state.allHashes;
    search = workers.search(encodeHeader(header), targetFromBits(header.bits), ({ hashes, rate }) =>
      Object.assign(state, { hashes, rate, allHashes: before + hashes, kernel: workers.kernel() ?? '' }),
    );
    return search.outcome;
  }

  watch(
    () => lab.history.value.present,
    (present) => {
      if (present !== searched) search?.stop();
    },
    { flush: 'sync' },
  );
  function stop(): void {
    stopped = true;
    search?.stop();
  }
  onScopeDispose(() => {
    stop();
    crew?.close();
  });
  return { state, failure, start, stop, workers: workersHere() };
}

/** All processors but one, which the page needs. */
function workersHere(): number {
  return Math.max(1, Math.min(MOST_WORKERS, navigator.hardwareConcurrency - 1));
}

const openWorker: OpenWorker = (hear, fail) => {
  const worker = new Worker(new URL('./search-worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<SearchWord>) => hear(data);
  worker.onerror = ({ message }) => fail(message);
  return { give: (run: SearchRun) => worker.postMessage(run), close: () => worker.terminate() };
};
