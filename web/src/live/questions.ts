/**
 * How many questions are under way. Whoever plays the past waits until what it chose is shown, and the frame says it to
 * whoever drives the stand from outside.
 */
import { ref, watch } from 'vue';

export const questionsUnderWay = ref(0);

/** Counts a question from when it is asked until it is answered or has failed. */
export async function counted<T>(question: () => Promise<T>): Promise<T> {
  questionsUnderWay.value++;
  try {
    return await question();
  } finally {
    questionsUnderWay.value--;
  }
}

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
