/**
 * The slider's state: where it stands, at which event, and how it is moved. Moving it changes the moment in the address,
 * and with it every page; an address that is opened moves the slider.
 */
import { computed, nextTick, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue';
import { storeToRefs } from 'pinia';
import { useRouter } from 'vue-router';
import { cutAt, eventAt, eventPage } from '../../api/feed.ts';
import { apiErrorOf, isAbort, type ApiError } from '../../api/problem.ts';
import { useMoment } from '../../live/moment-store.ts';
import { counted } from '../../live/questions.ts';
import { useHead } from './head.ts';
import { BEFORE_ALL, placeIn, placeText } from './place-text.ts';
import { createStopFinder } from './stop-finder.ts';
import type { Stop } from './stop-window.ts';

/** A slider that is being dragged is followed when it has rested for so long. */
const REST_MS = 120;

export function useRewind() {
  const { atEvent, isPast } = storeToRefs(useMoment());
  const { head, total, isKnown, newer } = useHead();
  const { showAt, showNow } = useAddress();
  const finder = createStopFinder({ page: eventPage, cut: cutAt, event: eventAt });
  const { wanted, index, stop, arrive } = useStanding(isPast, total);
  const ask = latest();
  const rest = useRest();

  const toPresent = async (): Promise<void> => {
    rest.end();
    ask.end();
    arrive(undefined);
    await showNow();
  };
  const goTo = async (place: number): Promise<void> => {
    rest.end();
    if (place >= total.value) {
      await toPresent();
      return;
    }
    wanted.value = Math.max(0, place);
    await ask.begin(async (signal) => {
      const found = await finder.find(place, head.value, signal);
      if (signal.aborted) return;
      arrive(found);
      await showAt(found === undefined ? BEFORE_ALL : placeText(found));
    });
  };
  const slideTo = (place: number): void => {
    wanted.value = place;
    rest.after(() => void goTo(place));
  };
  const follow = async (address: string | undefined): Promise<void> => {
    const place = address === undefined ? undefined : placeIn(address);
    if (place === undefined || (stop.value !== undefined && placeText(stop.value) === address)) return;
    await ask.begin(async (signal) => {
      const found = place.position === 0 ? undefined : await finder.locate(place, signal);
      if (!signal.aborted) arrive(found);
    });
  };
  watch(atEvent, follow, { immediate: true });
  const at = computed(() => (wanted.value === undefined ? stop.value : finder.known(wanted.value)));
  return { index, total, isKnown, newer, isPast, stop: at, error: ask.error, goTo, slideTo, toPresent };
}

/** Where the slider stands. */
function useStanding(isPast: Ref<boolean>, total: Ref<number>) {
  /** Where it has been moved to and the stand is not yet. */
  const wanted = ref<number>();
  const reached = ref(0);
  const stop = shallowRef<Stop>();
  const arrive = (found: Stop | undefined): void => {
    stop.value = found;
    reached.value = found?.index ?? 0;
    wanted.value = undefined;
  };
  const index = computed(() => wanted.value ?? (isPast.value ? reached.value : total.value));
  return { wanted, index, stop, arrive };
}

/** The moment as the address says it. */
function useAddress() {
  const router = useRouter();
  const showAt = async (atEvent: string): Promise<void> => {
    await router.replace({ query: { ...router.currentRoute.value.query, atEvent } });
  };
  const showNow = async (): Promise<void> => {
    const { atEvent, ...query } = router.currentRoute.value.query;
    if (atEvent !== undefined) await router.replace({ query: { ...query, now: '' } });
  };
  return { showAt, showNow };
}

/** Does the last thing that it was told when the slider has rested. */
function useRest() {
  let resting: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => clearTimeout(resting);
  const after = (action: () => void): void => {
    end();
    resting = setTimeout(action, REST_MS);
  };
  onScopeDispose(end);
  return { after, end };
}

/** Asks one thing at a time: what was asked before is given up. */
function latest() {
  const error = shallowRef<ApiError>();
  let running: AbortController | undefined;
  const begin = async (ask: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    running?.abort();
    const { signal } = (running = new AbortController());
    error.value = undefined;
    try {
      await counted(() => ask(signal));
      // The pages ask when they have heard of it.
      await nextTick();
    } catch (thrown) {
      if (!signal.aborted && !isAbort(thrown)) error.value = apiErrorOf(thrown);
    }
  };
  const end = (): void => {
    running?.abort();
    error.value = undefined;
  };
  return { error, begin, end };
}
