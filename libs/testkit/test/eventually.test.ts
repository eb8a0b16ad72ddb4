/** The bounded wait: what it returns, when it gives up, and that it gives up on a check that hangs. */
import { describe, expect, it } from 'vitest';
import { eventually } from '../src/eventually.ts';

describe('eventually', () => {
  it('returns what the check returns once it does not throw', async () => {
    let calls = 0;
    const third = () => {
      calls += 1;
      if (calls < 3) throw new Error('too early');
      return calls;
    };
    expect(await eventually(third, { withinMs: 5_000 })).toBe(3);
  });

  it('gives up after the bound with the last reason', async () => {
    const never = () => Promise.reject(new Error('still wrong'));
    await expect(eventually(never, { withinMs: 30 })).rejects.toThrow('Not so within 30 ms: still wrong');
  });

  it('gives up on a check that hangs', async () => {
    const hanging = () => new Promise(() => undefined);
    await expect(eventually(hanging, { withinMs: 30 })).rejects.toThrow('Not so within 30 ms: the check has not ended');
  });
});
