/** How many of the pages' questions are under way: whoever plays the past waits until what it chose is shown. */
import { ref, watch } from 'vue';

export const questionsUnderWay = ref(0);

/** Resolves when every question has been answered or given up. */
export function allAnswered(): Promise<void> {
  if (questionsUnderWay.value === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = watch(questionsUnderWay, (count) => {
      if (count > 0) return;
      end();
      resolve();
    });
  });
}
