/**
 * The one way by which pages get data: a question, asked as of the stand's moment, asked again when an event says that the
 * answer may have changed, when the connection stands, when the moment changes, and after a while where nobody could
 * answer. In the past nothing changes, so events are not waited for there.
 */
import { onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue';
import { storeToRefs } from 'pinia';
import type { Moment } from '../api/chain.ts';
import { apiErrorOf, isAbort, type ApiError } from '../api/problem.ts';
import type { EventType } from './event-types.ts';
import { useLive } from './live-store.ts';
import { useMoment } from './moment-store.ts';
import { counted } from './questions.ts';
import { createRefresher } from './refresher.ts';

export interface ChainQuery<T> {
  ask: (moment: Moment, signal: AbortSignal) => Promise<T>;
  /** The events after which the answer may be another one. */
  on: readonly EventType[];
  /** What else the question depends on, such as an id of the route: when it changes, the old answer is dropped. */
  subject?: MaybeRefOrGetter<unknown>;
}

export interface ChainData<T> {
  data: Readonly<ShallowRef<T | undefined>>;
  /** Why there is no newer answer; what was answered before stays in `data`. */
  error: Readonly<ShallowRef<ApiError | undefined>>;
  /** Whether an answer is being waited for and has taken longer than a blink. */
  slow: Readonly<Ref<boolean>>;
  reload: () => void;
}

const BLINK_MS = 200;
/** Events come in bursts: so long one waits for the next before asking. */
const GATHER_MS = 40;
/** So long after nobody could answer one asks again; longer from time to time. */
const FIRST_PATIENCE_MS = 1_000;
const LONGEST_PATIENCE_MS = 15_000;

export function useChainData<T>({ ask, on, subject }: ChainQuery<T>): ChainData<T> {
  const data = shallowRef<T>();
  const error = shallowRef<ApiError>();
  const slow = ref(false);
  const { query } = storeToRefs(useMoment());

  const refresher = createRefresher(async (signal) => {
    const blink = setTimeout(() => (slow.value = true), BLINK_MS);
    try {
      const answer = await counted(() => ask(query.value, signal));
      if (signal.aborted) return;
      data.value = answer;
      error.value = undefined;
    } catch (thrown) {
      if (!signal.aborted && !isAbort(thrown)) error.value = apiErrorOf(thrown);
    } finally {
      clearTimeout(blink);
      if (!signal.aborted) slow.value = false;
    }
  });

  askWhenTold(refresher.request, on);
  askWhenPassed(refresher.request, error);
  watch(query, () => refresher.restart());
  watch(
    () => toValue(subject),
    () => {
      data.value = undefined;
      error.value = undefined;
      refresher.restart();
    },
  );
  onScopeDispose(() => refresher.close());
  refresher.request();
  return { data, error, slow, reload: () => refresher.restart() };
}

function askWhenTold(request: () => void, on: readonly EventType[]): void {
  const live = useLive();
  const moment = useMoment();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  const told = (): void => {
    if (moment.isPast) return;
    gathering ??= setTimeout(() => {
      gathering = undefined;
      request();
    }, GATHER_MS);
  };
  const ends = [live.listen(told, on), live.whenConnected(told)];
  onScopeDispose(() => {
    clearTimeout(gathering);
    for (const end of ends) end();
  });
}

/** What passes by itself, such as a service that starts, is not left to the reader. */
function askWhenPassed(request: () => void, error: ShallowRef<ApiError | undefined>): void {
  let patienceMs = FIRST_PATIENCE_MS;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  watch(error, (now) => {
    clearTimeout(waiting);
    if (now === undefined) patienceMs = FIRST_PATIENCE_MS;
    if (now?.passing !== true) return;
    waiting = setTimeout(request, patienceMs);
    patienceMs = Math.min(2 * patienceMs, LONGEST_PATIENCE_MS);
  });
  onScopeDispose(() => clearTimeout(waiting));
}
