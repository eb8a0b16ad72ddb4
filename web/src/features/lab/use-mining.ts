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
  type SearchOutcome,
  type SearchRun,
  type SearchWord,
} from './search-crew.ts';
import type { UsedLab } from './use-lab.ts';
import { firstWithoutWork, nextBlock, rolled } from './work.ts';

/** So many blocks the lab holds, with those that it has mined itself. */
export const MOST_LAB_BLOCKS = 400;
const MOST_WORKERS = 8;

/** @param wantsMore whether one more block is to be mined on top of all. */
export function useMining(lab: UsedLab, wantsMore: () => boolean): UsedMining {
  const mining = new UsedMining(lab, wantsMore);
  watch(
    () => lab.history.value.present,
    (present) => mining.changed(present),
    { flush: 'sync' },
  );
  onScopeDispose(() => mining.close());
  return mining;
}

export class UsedMining {
  readonly state = reactive({
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
  readonly failure = ref<'exhausted' | 'full' | 'broken'>();
  readonly workers = workersHere();
  readonly #lab: UsedLab;
  readonly #wantsMore: () => boolean;
  #crew: Crew | undefined;
  #search: RunningSearch | undefined;
  /** The blocks as the search under way knows them: when somebody changes them it is over. */
  #searched: readonly LabBlock[] = [];
  #stopped = false;

  constructor(lab: UsedLab, wantsMore: () => boolean) {
    [this.#lab, this.#wantsMore] = [lab, wantsMore];
  }

  async start(): Promise<void> {
    if (this.state.running) return;
    Object.assign(this.state, { running: true, found: 0, allHashes: 0 });
    [this.#stopped, this.failure.value] = [false, undefined];
    this.#crew ??= createCrew(openWorker, this.workers);
    this.#lab.setMending(MENDED);
    this.#lab.beginStep();
    try {
      let goesOn = true;
      while (goesOn) goesOn = await this.#step(this.#crew);
    } catch {
      this.failure.value = 'broken';
      this.close();
      this.#crew = undefined;
    } finally {
      this.state.running = false;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#search?.stop();
  }

  changed(present: readonly LabBlock[]): void {
    if (present !== this.#searched) this.#search?.stop();
  }

  close(): void {
    this.stop();
    this.#crew?.close();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  /** False where there is nothing more to do. */
  async #step(crew: Crew): Promise<boolean> {
    if (this.#isStopped()) return false;
    const known = this.#lab.history.value.present;
    this.#searched = known;
    const blocks = mend(known, MENDED);
    const index = firstWithoutWork(blocks);
    const block = blocks[index];
    if (block === undefined) return this.#extend(blocks);
    const { nonce } = await this.#searchFor(crew, block, index);
    if (this.#lab.history.value.present !== known || (nonce === undefined && this.#isStopped())) return true;
    const next = nonce === undefined ? rolled(block) : withHeader(block, { nonce });
    if (next === undefined) this.failure.value = 'exhausted';
    else this.#lab.grow(blocks.with(index, next));
    if (nonce !== undefined) this.state.found++;
    return next !== undefined;
  }

  #extend(blocks: readonly LabBlock[]): boolean {
    const ground = this.#lab.ground.value;
    if (ground === undefined || !this.#wantsMore()) return false;
    if (blocks.length >= MOST_LAB_BLOCKS) {
      this.failure.value = 'full';
      return false;
    }
    const block = nextBlock(ground, blocks, this.#lab.key, Math.floor(Date.now() / 1000));
    this.#lab.grow([...blocks, madeHere(block)]);
    return true;
  }

  async #searchFor(crew: Crew, { block: { header } }: LabBlock, index: number): Promise<SearchOutcome> {
    const expected = Number(workOfBits(header.bits));
    Object.assign(this.state, { height: (this.#lab.real.value?.first ?? 0) + index, hashes: 0, expected });
    const before = this.state.allHashes;
    this.#search = crew.search(encodeHeader(header), targetFromBits(header.bits), ({ hashes, rate }) =>
      Object.assign(this.state, { hashes, rate, allHashes: before + hashes, kernel: crew.kernel() ?? '' }),
    );
    return this.#search.outcome;
  }
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
