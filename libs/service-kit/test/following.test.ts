/** From foreign events to own commands: each with its own step of the checkpoint, without a gap between them. */
import { describe, expect, it } from 'vitest';
import type { CheckpointMove, Metadata, RecordedEvent, Writer } from '@pocket/eventstore';
import { followBy } from '../src/index.ts';

interface Executed {
  command: string;
  metadata: Metadata;
  move: CheckpointMove | undefined;
}

/** Notes what it is asked to do; refuses the command `poison`. */
function noting(executed: Executed[]) {
  return {
    execute(command: string, metadata: Metadata, move?: CheckpointMove) {
      executed.push({ command, metadata, move });
      return command === 'poison' ? Promise.reject(new Error('poison')) : Promise.resolve({ reply: null, position: 1 });
    },
  } as unknown as Writer<string, unknown, null>;
}

const event = (position: number, type = 'Noted'): RecordedEvent => ({
  position,
  eventId: `event-${position}`,
  stream: 'notes',
  version: position,
  type,
  schemaVersion: 1,
  data: {},
  metadata: { correlationId: 'me', causationId: 'before', traceparent: null },
  recordedAt: '2026-11-23T00:00:00.000Z',
});
const move = { consumer: 'wallet', source: 'chainstate', from: 4, to: 12 };

describe('followBy', () => {
  it('moves the checkpoint step by step, over what was passed over as well', async () => {
    const executed: Executed[] = [];
    await followBy(noting(executed), ({ position }) => `do ${position}`)([event(6), event(7), event(10)], move);
    expect(executed.map(({ command, move: step }) => [command, step?.from, step?.to])).toEqual([
      ['do 6', 4, 6],
      ['do 7', 6, 7],
      ['do 10', 7, 12],
    ]);
  });

  it('says by which event each command was caused, and keeps who asked', async () => {
    const executed: Executed[] = [];
    await followBy(noting(executed), () => 'do')([event(6)], move);
    expect(executed[0]?.metadata).toEqual({ correlationId: 'me', causationId: 'event-6', traceparent: null });
  });

  it('fails with the command that fails', async () => {
    const handle = followBy(noting([]), ({ type }) => type);
    await expect(handle([event(6), event(7, 'poison')], move)).rejects.toThrow('poison');
  });

  it('executes nothing of a batch in which an event cannot be read', async () => {
    const executed: Executed[] = [];
    const handle = followBy(noting(executed), ({ type }) => {
      if (type === 'Odd') throw new Error('unreadable');
      return type;
    });
    await expect(handle([event(6), event(7, 'Odd')], move)).rejects.toThrow('unreadable');
    expect(executed).toEqual([]);
  });
});
