/**
 * The slider's state: where it stands, at which event, and how it is moved. Moving it changes the moment in the address,
 * and with it every page; an address that is opened moves the slider.
 */
import { computed, nextTick, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { storeToRefs } from 'pinia';
import { useRouter } from 'vue-router';
import { cutAt, eventAt, eventPage } from '../../api/feed.ts';
import { apiErrorOf, isAbort, type ApiError } from '../../api/problem.ts';
import { useMoment } from '../../live/moment-store.ts';
import { useHead } from './head.ts';
import { BEFORE_ALL, placeIn, placeText } from './place-text.ts';
import { createStopFinder } from './stop-finder.ts';
import type { Stop } from './stop-window.ts';

/** A slider that is being dragged is followed when it has rested for so long. */
const REST_MS = 120;

export function useRewind() {
  const { atEvent, isPast } = storeToRefs(useMoment());
  const { head, total, isKnown, newer } = useHead();
  const router = useRouter();
  const finder = createStopFinder({ page: eventPage, cut: cutAt, event: eventAt });
  /** Where the slider has been moved to and the stand is not yet. */
  const wanted = ref<number>();
  const reached = ref(0);
  const stop = shallowRef<Stop>();
  const error = shallowRef<ApiError>();
  const index = computed(() => wanted.value ?? (isPast.value ? reached.value : total.value));
  const ask = latest(error);
  let resting: ReturnType<typeof setTimeout> | undefined;

  const arrive = (found: Stop | undefined): void => {
    stop.value = found;
    reached.value = found?.index ?? 0;
    wanted.value = undefined;
  };
  const toPresent = async (): Promise<void> => {
    clearTimeout(resting);
    ask.end();
    arrive(undefined);
    const { atEvent: past, ...query } = router.currentRoute.value.query;
    if (past !== undefined) await router.replace({ query: { ...query, now: '' } });
  };
  const goTo = async (place: number): Promise<void> => {
    clearTimeout(resting);
    if (place >= total.value) {
      await toPresent();
      return;
    }
    wanted.value = Math.max(0, place);
    await ask.begin(async (signal) => {
      const found = await finder.find(place, head.value, signal);
      if (signal.aborted) return;
      arrive(found);
      await router.replace({
        query: { ...router.currentRoute.value.query, atEvent: found === undefined ? BEFORE_ALL : placeText(found) },
      });
    });
  };
  const slideTo = (place: number): void => {
    clearTimeout(resting);
    wanted.value = place;
    resting = setTimeout(() => void goTo(place), REST_MS);
  };
  const follow = async (address: string | undefined): Promise<void> => {
    const place = address === undefined ? undefined : placeIn(address);
    if (place === undefined || (stop.value !== undefined && placeText(stop.value) === address)) return;
    if (place.position === 0) {
      arrive(undefined);
      return;
    }
    await ask.begin(async (signal) => {
      const found = await finder.locate(place, signal);
      if (!signal.aborted) arrive(found);
    });
  };
  watch(atEvent, follow, { immediate: true });
  onScopeDispose(() => clearTimeout(resting));
  const at = computed(() => (wanted.value === undefined ? stop.value : finder.known(wanted.value)));
  return { index, total, isKnown, newer, isPast, stop: at, error, goTo, slideTo, toPresent };
}

/** Asks one thing at a time: what was asked before is given up. */
function latest(error: { value: ApiError | undefined }) {
  let running: AbortController | undefined;
  const begin = async (ask: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    running?.abort();
    const { signal } = (running = new AbortController());
    error.value = undefined;
    try {
      await ask(signal);
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
  return { begin, end };
}
