/** A leader settles for as long as it leads: a step that Postgres has refused is taken up again. */
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnavailableError } from '@pocket/eventstore';
import { keepSettling, type ChainParts } from '../src/chain.ts';

type Execute = ChainParts['writer']['execute'];

const logger = pino({ level: 'silent' });
const reply = {
  ok: true,
  chainId: 'chain-1',
  blockHash: null,
  height: null,
  onBestChain: true,
  waitsFor: null,
} as const;
const answered = (unfinished: boolean): Awaited<ReturnType<Execute>> => ({
  reply: { ...reply, found: null, unfinished },
  position: undefined,
  eventIds: [],
});

// What else the process has to wait for is left to the real clock.
beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => vi.useRealTimers());

/** A log that nobody writes. */
const head = () => Promise.resolve({ position: 7 });

describe('keepSettling', () => {
  it('takes every step there is, at once', async () => {
    const execute = vi.fn<Execute>().mockResolvedValueOnce(answered(true)).mockResolvedValue(answered(false));
    const stop = keepSettling({ writer: { execute }, logger, head });
    await vi.advanceTimersByTimeAsync(0);
    expect(execute.mock.calls.map(([command]) => command.type)).toEqual(['ActivateBest', 'ActivateBest']);
    stop();
  });

  it('goes on a second later with what was broken off, also long after all had gone well', async () => {
    const execute = vi.fn<Execute>().mockResolvedValue(answered(false));
    const stop = keepSettling({ writer: { execute }, logger, head });
    await vi.advanceTimersByTimeAsync(60_000);
    execute.mockResolvedValueOnce(answered(true)).mockRejectedValueOnce(new UnavailableError('Postgres is away'));
    const before = execute.mock.calls.length;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(execute.mock.calls.length).toBe(before + 3);
    stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(execute.mock.calls.length).toBe(before + 3);
  });

  it('leaves the steps to whoever writes, but not for long', async () => {
    const execute = vi.fn<Execute>().mockResolvedValue(answered(false));
    let position = 0;
    const stop = keepSettling({ writer: { execute }, logger, head: () => Promise.resolve({ position: position++ }) });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(execute.mock.calls.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(execute.mock.calls.length).toBe(2);
    stop();
  });
});
