/** Every event has its place on the slider, found with few requests on a long history. */
import { describe, expect, it } from 'vitest';
import { createStopFinder } from '../../src/features/rewind/stop-finder.ts';
import { historyOf, longHistory } from './history.ts';

const { signal } = new AbortController();

describe('the stop finder', () => {
  it('finds every event of a short history by its place, and its place by the event', async () => {
    const history = historyOf(['wallet', 'chainstate', 'wallet', 'tx-pool', 'miner', 'chainstate', 'wallet']);
    for (const [at, { service, position, type }] of history.events.entries()) {
      const found = { index: at + 1, service, position, type };
      expect(await createStopFinder(history).find(at + 1, history.head, signal)).toMatchObject(found);
      expect(await createStopFinder(history).locate({ service, position }, signal)).toMatchObject(found);
    }
  });

  it('knows no event before all of them, and the last one for what is beyond it', async () => {
    const history = historyOf(['wallet', 'chainstate']);
    const finder = createStopFinder(history);
    expect(await finder.find(0, history.head, signal)).toBeUndefined();
    expect(await finder.find(9, history.head, signal)).toMatchObject({ index: 2, type: 'Type2' });
  });

  it('asks once for a hundred steps, forward and backward', async () => {
    const history = historyOf(Array.from({ length: 100 }, () => 'wallet' as const));
    const finder = createStopFinder(history);
    for (let index = 1; index <= 100; index++)
      expect((await finder.find(index, history.head, signal))?.index).toBe(index);
    for (let index = 100; index >= 1; index--)
      expect((await finder.find(index, history.head, signal))?.index).toBe(index);
    expect(history.asked).toHaveLength(1);
  });

  it('jumps to any place of 100,000 events with few requests', async () => {
    const history = longHistory(100_000);
    const finder = createStopFinder(history);
    for (const index of [99_999, 1, 50_000, 73_211, 20_480, 50_001, 100_000]) {
      history.asked.length = 0;
      const { type } = history.events[index - 1] ?? {};
      expect(await finder.find(index, history.head, signal)).toMatchObject({ index, type });
      expect(history.asked.length).toBeLessThanOrEqual(10);
    }
  });

  it('finds the place of any event of 100,000', async () => {
    const history = longHistory(100_000);
    const finder = createStopFinder(history);
    for (const index of [60_000, 3, 99_998]) {
      const { service, position } = history.events[index - 1] ?? { service: 'wallet' as const, position: 0 };
      expect((await finder.locate({ service, position }, signal)).index).toBe(index);
      expect((await finder.find(index + 1, history.head, signal))?.type).toBe(`Type${index + 1}`);
    }
  });

  it('says of an event that brought about very many others that it stands behind them', async () => {
    const history = historyOf(Array.from({ length: 1_000 }, () => 'tx-pool' as const));
    const finder = createStopFinder({ ...history, cut: () => Promise.resolve(history.head) });
    const found = await finder.locate({ service: 'tx-pool', position: 1 }, signal);
    expect(found).toMatchObject({ index: 1_000, type: 'Type1', position: 1 });
  });
});
