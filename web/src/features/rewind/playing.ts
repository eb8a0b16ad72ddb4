/** Play and pause of the slider. */
import { onScopeDispose, ref, type Ref } from 'vue';
import { allAnswered } from '../../live/questions.ts';
import { paceOf, type Speed } from './pace.ts';
import { play } from './player.ts';
import type { useRewind } from './rewind.ts';

type Played = Pick<ReturnType<typeof useRewind>, 'index' | 'isPast' | 'error' | 'goTo'>;

export interface Playing {
  isPlaying: Ref<boolean>;
  speed: Ref<Speed>;
  /** From where the slider is; from the beginning where that is the present. */
  start: () => Promise<void>;
  pause: () => void;
}

export function usePlaying({ index, isPast, error, goTo }: Played): Playing {
  const isPlaying = ref(false);
  const speed = ref<Speed>(4);
  let running: AbortController | undefined;

  const advance = async (stride: number): Promise<boolean> => {
    await goTo(index.value + stride);
    return isPast.value && error.value === undefined;
  };
  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const start = async (): Promise<void> => {
    const mine = (running = new AbortController());
    isPlaying.value = true;
    if (!isPast.value) await goTo(0);
    await play({ pace: () => paceOf(speed.value), advance, shown: allAnswered, wait }, mine.signal);
    if (running === mine) isPlaying.value = false;
  };
  const pause = (): void => {
    running?.abort();
    isPlaying.value = false;
  };
  onScopeDispose(pause);
  return { isPlaying, speed, start, pause };
}
