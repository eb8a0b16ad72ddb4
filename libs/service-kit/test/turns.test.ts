/** Work that many want at once, in turns that end when the test says so. */
import { describe, expect, it } from 'vitest';
import { inTurns } from '../src/turns.ts';

/** Work whose turns end when told to, and that counts them. */
function heldWork() {
  const turns: { end: (value: number) => void; fail: (error: Error) => void }[] = [];
  const ask = inTurns(() => new Promise<number>((end, fail) => turns.push({ end, fail })));
  return { turns, ask };
}

describe('work in turns', () => {
  it('is done once for all who come while it is under way, after what is under way', async () => {
    const { turns, ask } = heldWork();
    const first = ask();
    const late = Array.from({ length: 40 }, ask);
    expect(turns).toHaveLength(1);
    turns[0]?.end(1);
    expect(await first).toBe(1);
    await Promise.resolve();
    expect(turns).toHaveLength(2);
    turns[1]?.end(2);
    expect(await Promise.all(late)).toEqual(Array.from({ length: 40 }, () => 2));
    expect(turns).toHaveLength(2);
  });

  it('begins at once when nothing is under way', async () => {
    const { turns, ask } = heldWork();
    const first = ask();
    turns[0]?.end(1);
    await first;
    const second = ask();
    expect(turns).toHaveLength(2);
    turns[1]?.end(2);
    expect(await second).toBe(2);
  });

  it('tells who waited for a turn that failed, and nobody else', async () => {
    const { turns, ask } = heldWork();
    const first = ask();
    const second = ask();
    turns[0]?.fail(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await Promise.resolve();
    turns[1]?.end(2);
    expect(await second).toBe(2);
    const third = ask();
    turns[2]?.end(3);
    expect(await third).toBe(3);
  });

  it('gives those who come during the second turn a third one', async () => {
    const { turns, ask } = heldWork();
    const first = ask();
    const second = ask();
    turns[0]?.end(1);
    await first;
    await Promise.resolve();
    const third = ask();
    turns[1]?.end(2);
    expect(await second).toBe(2);
    await Promise.resolve();
    turns[2]?.end(3);
    expect(await third).toBe(3);
  });
});
