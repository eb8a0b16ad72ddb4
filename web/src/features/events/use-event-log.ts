/** The event log for a page: its newest page, what comes live, and older pages by the cursor, in a window of bounded size. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { storeToRefs } from 'pinia';
import type { EventPage } from '@pocket/contracts';
import { events } from '../../api/events.ts';
import { apiErrorOf, isAbort, type ApiError } from '../../api/problem.ts';
import type { ChainData } from '../../live/chain-data.ts';
import { useLive } from '../../live/live-store.ts';
import { counted } from '../../live/questions.ts';
import { createRefresher } from '../../live/refresher.ts';
import {
  firstWindow,
  passes,
  rowOf,
  withNewer,
  withOlder,
  type EventWindow,
  type LogFilter,
  type LogRow,
} from './event-window.ts';

const PAGE_EVENTS = 100;
const BLINK_MS = 200;

export interface EventLog {
  source: ChainData<EventWindow>;
  /** Asks for the page behind the last row. */
  loadOlder: () => void;
}

const listOf = (values: readonly string[]): string | undefined => (values.length === 0 ? undefined : values.join(','));

/** @param filter reactive; when it changes the window begins anew. */
export function useEventLog(filter: () => LogFilter): EventLog {
  const data = shallowRef<EventWindow>();
  const error = shallowRef<ApiError>();
  const slow = ref(false);
  const live = useLive();
  /** Where the question under way goes on from; undefined for the newest page. */
  let before: string | undefined;
  /** What is heard while the newest page is asked for, for it may be missing in it; undefined at other times. */
  let heard: LogRow[] | undefined;

  const refresher = createRefresher((signal) =>
    whileAsked({ signal, slow, error }, async () => {
      const { services, types } = filter();
      const from = before;
      heard = from === undefined ? [] : undefined;
      const asked = { service: listOf(services), type: listOf(types), before: from };
      const page = await events({ ...asked, order: 'desc', limit: PAGE_EVENTS }, signal);
      if (signal.aborted) return;
      data.value = grown(data.value, page, from, heard);
      heard = undefined;
    }),
  );
  const ask = (cursor?: string): void => {
    before = cursor;
    refresher.restart();
  };
  const end = live.listen((event) => {
    if (!passes(filter(), event)) return;
    const row = rowOf(event);
    heard?.push(row);
    if (data.value !== undefined) data.value = withNewer(data.value, row);
  });
  askAnew({ filter, data, ask });
  onScopeDispose(() => {
    end();
    refresher.close();
  });
  return {
    source: { data, error, slow, reload: () => ask() },
    loadOlder: () => ask(data.value?.older ?? undefined),
  };
}

/**
 * The window with a page that was asked for. Where live events have moved the window's end while an older page was under
 * way, the page does not fit it any more and is left out; the button asks again.
 */
function grown(
  window: EventWindow | undefined,
  page: EventPage,
  from: string | undefined,
  heard: readonly LogRow[] = [],
): EventWindow {
  if (from === undefined || window === undefined)
    return heard.reduce((held, row) => withNewer(held, row), firstWindow(page));
  return window.older === from ? withOlder(window, page) : window;
}

/** At once, when the filter changes, and when the connection stands: what came before it did was not heard. */
function askAnew({
  filter,
  data,
  ask,
}: {
  filter: () => LogFilter;
  data: ShallowRef<EventWindow | undefined>;
  ask: () => void;
}): void {
  const { state } = storeToRefs(useLive());
  watch(filter, () => {
    data.value = undefined;
    ask();
  });
  watch(state, (now) => {
    if (now === 'connected' && (data.value?.atNewest ?? true)) ask();
  });
  ask();
}

/** Keeps what a page shows of a question under way: that it takes long, and why it has failed. */
async function whileAsked(
  shown: { signal: AbortSignal; slow: Ref<boolean>; error: ShallowRef<ApiError | undefined> },
  asking: () => Promise<void>,
): Promise<void> {
  const blink = setTimeout(() => (shown.slow.value = true), BLINK_MS);
  try {
    await counted(asking);
    if (!shown.signal.aborted) shown.error.value = undefined;
  } catch (thrown) {
    if (!shown.signal.aborted && !isAbort(thrown)) shown.error.value = apiErrorOf(thrown);
  } finally {
    clearTimeout(blink);
    if (!shown.signal.aborted) shown.slow.value = false;
  }
}
