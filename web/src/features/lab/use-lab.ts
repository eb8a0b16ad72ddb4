/**
 * The lab of one page: the blocks and what has been done to them, what is mended, which block is looked at, and what the judge
 * says. What it does to the blocks is in files that know no Vue.
 */
import { medianTimePast, outpointKey, recentTimes, type NamedCoin } from '@pocket/chain';
import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { beginning, changed, goneOn, redone, undone, type EditHistory } from './edit-history.ts';
import { onTop } from './judge.ts';
import { knownCoins, outpointsSpent } from './known-coins.ts';
import { isChanged, takenFrom, type LabBlock } from './lab-block.ts';
import { makeLabKey } from './lab-key.ts';
import { mend, type Mending } from './mending.ts';
import { coinBelow, type RealChain, type RealQuestions } from './real-chain.ts';
import { TAMPERINGS, tamper, type Tampering } from './tamperings.ts';
import { useJudge } from './use-judge.ts';

export type UsedLab = ReturnType<typeof useLab>;

/** What the lab asks of the gateway once it has begun, and whom it tells when that fails. */
export interface LookUp {
  transaction: RealQuestions['transaction'];
  failed: (reason: unknown) => void;
}

export function useLab(lookUp: LookUp) {
  const state = labState();
  const { real, history, mending, selected, blocks, ground } = state;
  const judgement = useJudge(
    () => ground.value,
    () => blocks.value.map(({ block }) => block),
  );
  const verdict = computed(() => judgement.verdicts.value[selected.value]);
  /** What a ready-made tampering would make of the block that is looked at. */
  const offers = computed(() => new Map(TAMPERINGS.map((name) => [name, offerOf(name, state)])));
  watch(
    () => blocks.value.length,
    (length) => (selected.value = Math.max(0, Math.min(selected.value, length - 1))),
  );
  followNamedCoins(blocks, real, state.lookedUp, lookUp);
  return {
    ...state,
    ...{ verdict, offers },
    ...judgement,
    begin: (chain: RealChain) => begin(state, chain),
    write: (block: LabBlock) => (history.value = changed(history.value, withCurrent(state, block))),
    select: (index: number) => (selected.value = Math.max(0, Math.min(index, blocks.value.length - 1))),
    setMending: (changes: Partial<Mending>) => Object.assign(mending, changes),
    undo: () => back(state, undone(history.value)),
    redo: () => back(state, redone(history.value)),
    reset: () => real.value && back(state, changed(history.value, real.value.blocks.map(takenFrom))),
    /** A step that goes on by itself: `grow` makes its blocks, and one undo takes all of them back. */
    beginStep: () => (history.value = changed(history.value, blocks.value)),
    grow: (next: readonly LabBlock[]) => (history.value = goneOn(history.value, next)),
  };
}

type LabState = ReturnType<typeof labState>;

function labState() {
  const real = shallowRef<RealChain>();
  const history = shallowRef<EditHistory<readonly LabBlock[]>>(beginning([]));
  const mending = reactive<Mending>({ merkleRoot: false, links: false });
  const selected = ref(0);
  /** How often what was there gave way to something else as a whole: nothing that was being typed holds any longer. */
  const replaced = ref(0);
  const key = makeLabKey((bytes) => crypto.getRandomValues(bytes));
  /** Coins that an edit has named, looked up once. */
  const lookedUp = shallowRef<readonly NamedCoin[]>([]);
  const ground = computed(() => {
    const below = real.value?.ground;
    return below && { ...below, coins: [...below.coins, ...lookedUp.value] };
  });
  const blocks = computed(() => mend(history.value.present, mending));
  const current = computed(() => blocks.value[selected.value]);
  /** Of the lowest block that is another one than the real one; undefined where none is. */
  const firstChanged = computed(() => {
    const index = blocks.value.findIndex(isChanged);
    return index === -1 ? undefined : index;
  });
  const coins = computed(() => {
    const all = blocks.value.map(({ block }) => block);
    return knownCoins(ground.value?.coins ?? [], all, selected.value, real.value?.first ?? 0);
  });
  return { real, history, mending, selected, replaced, key, lookedUp, ground, blocks, current, firstChanged, coins };
}

/** To what the blocks were, or are to be again. */
function back({ history, replaced }: LabState, next: EditHistory<readonly LabBlock[]>): void {
  history.value = next;
  replaced.value++;
}

function begin(state: LabState, chain: RealChain): void {
  const { real, lookedUp, history, selected, mending } = state;
  if (state.firstChanged.value !== undefined) state.replaced.value++;
  real.value = chain;
  lookedUp.value = [];
  history.value = beginning(chain.blocks.map(takenFrom));
  selected.value = chain.chosen;
  Object.assign(mending, { merkleRoot: false, links: false });
}

function withCurrent({ history, selected }: LabState, block: LabBlock): readonly LabBlock[] {
  return history.value.present.with(selected.value, block);
}

function offerOf(name: Tampering, state: LabState): LabBlock | undefined {
  const [lab, ground, real] = [state.current.value, state.ground.value, state.real.value];
  if (lab === undefined || ground === undefined || real === undefined) return undefined;
  const { network } = ground;
  const index = state.selected.value;
  const parent = state.blocks.value.slice(0, index).reduce((at, { block }) => onTop(at, block), ground.below);
  const median = medianTimePast(recentTimes(parent, network.medianTimeSpan), network.medianTimeSpan);
  const place = { height: real.first + index, medianTimePast: median, network };
  return tamper(name, { lab, ...place, coins: state.coins.value, key: state.key });
}

/** Looks up what a changed block spends and nobody has told of yet, each coin once. */
function followNamedCoins(
  blocks: Readonly<{ value: readonly LabBlock[] }>,
  real: Readonly<{ value: RealChain | undefined }>,
  lookedUp: { value: readonly NamedCoin[] },
  lookUp: LookUp,
): void {
  const asked = new Set<string>();
  watch(
    () => blocks.value.filter(({ block, real: own }) => block !== own),
    async (tampered) => {
      const chain = real.value;
      if (chain === undefined) return;
      const all = blocks.value.map(({ block }) => block);
      const { coinOf } = knownCoins(chain.ground.coins, all, all.length, chain.first);
      const unknown = tampered
        .flatMap(({ block }) => outpointsSpent(block))
        .filter((outpoint) => coinOf(outpoint) === undefined && !asked.has(outpointKey(outpoint)));
      for (const outpoint of unknown) asked.add(outpointKey(outpoint));
      try {
        const found = await Promise.all(unknown.map((outpoint) => coinBelow(outpoint, chain.first, lookUp)));
        const coins = found.filter((coin) => coin !== undefined);
        if (coins.length > 0 && real.value === chain) lookedUp.value = [...lookedUp.value, ...coins];
      } catch (reason) {
        for (const outpoint of unknown) asked.delete(outpointKey(outpoint));
        lookUp.failed(reason);
      }
    },
  );
}
