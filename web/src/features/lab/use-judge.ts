/** The verdicts on the lab's blocks, from a worker of the page, anew whenever the blocks or the ground change. */
import { describeNetwork, encodeBlock, type Block } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import type { BlockVerdict, Ground } from './judge.ts';
import type { JudgeQuestion, JudgeWord } from './judge-worker.ts';

export interface Judgement {
  /** By block; of the blocks as they were a moment ago while `judged` counts. */
  verdicts: Readonly<ShallowRef<readonly BlockVerdict[]>>;
  /** How many blocks have been judged of those that are asked about; undefined once all have been. */
  judged: Readonly<Ref<number | undefined>>;
  failure: Readonly<Ref<string | undefined>>;
}

const hexes = new WeakMap<Block, string>();

function hexOf(block: Block): string {
  const hex = hexes.get(block) ?? bytesToHex(encodeBlock(block));
  hexes.set(block, hex);
  return hex;
}

export function useJudge(ground: () => Ground | undefined, blocks: () => readonly Block[]): Judgement {
  const worker = new Worker(new URL('./judge-worker.ts', import.meta.url), { type: 'module' });
  const verdicts = shallowRef<readonly BlockVerdict[]>([]);
  const judged = ref<number>();
  const failure = ref<string>();
  let round = 0;
  let incoming: BlockVerdict[] = [];
  let known: Ground | undefined;

  function ask(): void {
    const current = ground();
    if (current === undefined) return;
    const isNew = current !== known;
    known = current;
    incoming = [];
    judged.value = 0;
    const told = isNew ? { ground: { ...current, network: describeNetwork(current.network) } } : {};
    const now = Math.floor(Date.now() / 1000);
    worker.postMessage({ round: ++round, hexes: blocks().map(hexOf), now, ...told } satisfies JudgeQuestion);
  }
  worker.onmessage = ({ data }: MessageEvent<JudgeWord>) => {
    if (data.round !== round) return;
    if ('verdict' in data) {
      incoming.push(data.verdict);
      judged.value = data.index + 1;
      return;
    }
    verdicts.value = incoming;
    judged.value = undefined;
  };
  worker.onerror = ({ message }) => (failure.value = message);
  watch([ground, blocks], ask, { immediate: true });
  onScopeDispose(() => worker.terminate());
  return { verdicts, judged, failure };
}
