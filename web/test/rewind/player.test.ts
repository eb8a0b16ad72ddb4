/** Play goes no faster than what it shows, and ends where it should. */
import { describe, expect, it } from 'vitest';
import { paceOf, SPEEDS } from '../../src/features/rewind/pace.ts';
import { placeIn, placeText } from '../../src/features/rewind/place-text.ts';
import { play } from '../../src/features/rewind/player.ts';

const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 10; turns++) await Promise.resolve();
};

function stage(steps: number) {
  const taken: number[] = [];
  const showing: (() => void)[] = [];
  const advance = (stride: number): Promise<boolean> => Promise.resolve(taken.push(stride) < steps);
  const shown = (): Promise<void> => new Promise((resolve) => showing.push(resolve));
  const pace = () => ({ stride: taken.length + 1, pauseMs: 1 });
  return { taken, showing, stage: { pace, advance, shown, wait: () => Promise.resolve() } };
}

describe('play', () => {
  it('takes each step when the one before is shown, at the speed that holds then, until the end', async () => {
    const { taken, showing, stage: played } = stage(3);
    const ended = play(played, new AbortController().signal);
    for (const steps of [[], [1], [1, 2]]) {
      await settle();
      expect(taken).toEqual(steps);
      showing.at(-1)?.();
    }
    await ended;
    expect(taken).toEqual([1, 2, 3]);
  });

  it('takes no step any more once it is paused', async () => {
    const { taken, showing, stage: played } = stage(3);
    const pausing = new AbortController();
    const ended = play(played, pausing.signal);
    await settle();
    pausing.abort();
    showing.at(-1)?.();
    await ended;
    expect(taken).toEqual([]);
  });
});

describe('a speed', () => {
  it('is so many events a second, in at most four steps', () => {
    expect(SPEEDS.map(paceOf)).toEqual([
      { stride: 1, pauseMs: 1_000 },
      { stride: 1, pauseMs: 250 },
      { stride: 5, pauseMs: 250 },
      { stride: 25, pauseMs: 250 },
    ]);
  });
});

describe('an event in the address', () => {
  it('is a log and a position', () => {
    expect(placeIn('tx-pool:42')).toEqual({ service: 'tx-pool', position: 42 });
    expect(placeText({ service: 'tx-pool', position: 42 })).toBe('tx-pool:42');
  });

  it('is none where there is no such log, or no number', () => {
    for (const text of ['', 'chainstate', 'nothing:1', 'wallet:-1', 'wallet:x', 'wallet:1:2'])
      expect(placeIn(text)).toBeUndefined();
  });
});
