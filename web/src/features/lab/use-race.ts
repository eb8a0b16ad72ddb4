/** The race of the lab's branch with the honest chain, as the event stream tells it, and the odds by measured or chosen rates. */
import { contextOn, workOfBits } from '@pocket/chain';
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { miner as readMiner } from '../../api/chain.ts';
import { useChainData } from '../../live/chain-data.ts';
import { BRANCH_EVENTS } from '../../live/event-types.ts';
import { useLive } from '../../live/live-store.ts';
import { honestChain, honestWork, told, type ChainNews, type HonestChain } from './honest-chain.ts';
import { onTop } from './judge.ts';
import { raceState, shareOf, type Racer } from './race.ts';
import type { UsedLab } from './use-lab.ts';

export type UsedRace = ReturnType<typeof useRace>;

/** @param labRate hashes a second of the page's workers; 0 before they have searched. */
export function useRace(lab: UsedLab, labRate: () => number) {
  const honest = shallowRef<HonestChain>(honestChain(0, []));
  const racing = ref(false);
  /** Which part of all hashes is the lab's, in percent, where somebody has chosen it. */
  const chosenPercent = ref(30);
  const byMeasure = ref(true);
  const node = useChainData({ ask: (_, signal) => readMiner(signal), on: ['BlockFound'] });

  watch(lab.real, (real) => (honest.value = honestChain(real?.first ?? 0, real?.blocks ?? [])));
  onScopeDispose(
    useLive().listen((event) => (honest.value = told(honest.value, event as unknown as ChainNews)), BRANCH_EVENTS),
  );

  const measuredShare = computed(() => shareOf(labRate() || undefined, node.data.value?.hashRate ?? undefined));
  const share = computed(() => (byMeasure.value ? (measuredShare.value ?? 0) : chosenPercent.value / 100));
  const fork = computed(() => lab.firstChanged.value ?? lab.blocks.value.length);
  const honestRacer = computed<Racer>(() => ({
    blocks: Math.max(0, honest.value.blocks.length - fork.value),
    work: honestWork(honest.value, fork.value),
  }));
  /** What of the lab's branch a node would take. */
  const labRacer = computed<Racer>(() => {
    const standing = lab.verdicts.value.slice(fork.value).filter(({ standing: each }) => each === 'valid');
    const below = fork.value > 0 ? (lab.verdicts.value[fork.value - 1]?.work ?? 0n) : 0n;
    return { blocks: standing.length, work: (standing.at(-1)?.work ?? below) - below };
  });
  const workOfNext = computed(() => nextWork(lab));
  /** Whether the lab's blocks, valid or not, have still no more work than the honest ones. */
  const wantsMore = (): boolean => {
    if (!racing.value) return false;
    const work = lab.blocks.value.reduce((sum, { block }) => sum + workOfBits(block.header.bits), 0n);
    return work <= honestWork(honest.value, 0);
  };
  const state = computed(() => raceState(honestRacer.value, labRacer.value, workOfNext.value, share.value));
  return {
    ...{ honest, racing, chosenPercent, byMeasure, node, measuredShare, share, fork },
    ...{ honestRacer, labRacer, state, wantsMore },
    measure: (by: boolean) => (byMeasure.value = by),
    choose: (percent: number) => (chosenPercent.value = percent),
    race: (on: boolean) => (racing.value = on),
  };
}

/** What one more block adds to the lab's branch. */
function nextWork({ ground: { value: ground }, blocks }: UsedLab): bigint {
  if (ground === undefined) return 0n;
  const parent = blocks.value.reduce((below, { block }) => onTop(below, block), ground.below);
  return workOfBits(contextOn(parent, ground.network, 0).bits);
}
