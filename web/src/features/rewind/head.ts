/** How far the feed has come: asked once, then counted by what the event stream tells. */
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { storeToRefs } from 'pinia';
import { parsePositions } from '@pocket/contracts';
import { eventPage } from '../../api/feed.ts';
import { useLive } from '../../live/live-store.ts';
import { useMoment } from '../../live/moment-store.ts';
import { counted } from '../../live/questions.ts';
import { behind, BEGINNING, countOf, cursorOf, furthest } from './cursor.ts';

export function useHead() {
  const live = useLive();
  const { state } = storeToRefs(live);
  const { isPast } = storeToRefs(useMoment());
  const head = shallowRef(BEGINNING);
  /** Whether the beginning of the count is known too. */
  const isKnown = ref(false);
  const total = computed(() => countOf(head.value));
  /** How many there were when the present was left. */
  const leftAt = ref(0);

  onScopeDispose(live.listen((event) => (head.value = furthest(head.value, behind(BEGINNING, event)))));
  const learn = async (): Promise<void> => {
    const { next } = await counted(() => eventPage({ order: 'desc', limit: 1 }));
    head.value = furthest(head.value, cursorOf(parsePositions(next) ?? {}));
    isKnown.value = true;
  };
  const learnOnce = (): void => {
    // Where it is refused, the next connection asks again.
    if (state.value === 'connected' && !isKnown.value) learn().catch(() => undefined);
  };
  watch(state, learnOnce, { immediate: true });
  watch([isPast, isKnown], () => (leftAt.value = total.value));
  return { head, total, isKnown, newer: computed(() => (isPast.value ? total.value - leftAt.value : 0)) };
}
