/** When a question is asked again. */
import { describe, expect, it } from 'vitest';
import { createRefresher } from '../../src/live/refresher.ts';

function world() {
  const asked: { signal: AbortSignal; answer: () => void }[] = [];
  const refresher = createRefresher(
    (signal) => new Promise<void>((resolve) => asked.push({ signal, answer: () => resolve() })),
  );
  const answer = async (index: number): Promise<void> => {
    asked[index]?.answer();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { asked, refresher, answer };
}

describe('a refresher', () => {
  it('asks once more after the question under way, however often it is told', async () => {
    const { asked, refresher, answer } = world();
    for (let times = 0; times < 5; times++) refresher.request();
    expect(asked).toHaveLength(1);
    await answer(0);
    expect(asked).toHaveLength(2);
    await answer(1);
    expect(asked).toHaveLength(2);
  });

  it('drops the question under way where another one is asked', async () => {
    const { asked, refresher, answer } = world();
    refresher.request();
    refresher.request();
    refresher.restart();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await answer(0);
    await answer(1);
    expect(asked).toHaveLength(2);
  });

  it('asks nothing any more once it is closed', async () => {
    const { asked, refresher, answer } = world();
    refresher.request();
    refresher.request();
    refresher.close();
    expect(asked[0]?.signal.aborted).toBe(true);
    await answer(0);
    refresher.request();
    refresher.restart();
    expect(asked).toHaveLength(1);
  });
});
