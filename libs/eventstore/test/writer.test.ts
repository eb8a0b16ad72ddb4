/** The writer on a log of a few lines: what counts of a decision whose state another replica has changed meanwhile. */
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../src/event.ts';
import { ConflictError } from '../src/failure.ts';
import { Writer, type WritableLog, type WriterOptions } from '../src/writer.ts';

const METADATA = { correlationId: 'test', causationId: null, traceparent: null };

const OTHERS: Omit<RecordedEvent, 'position'> = {
  ...{ stream: 'notes', version: 1, type: 'NoteTaken', schemaVersion: 1, data: {}, metadata: METADATA },
  ...{ eventId: 'other', recordedAt: 'now' },
};

/** A log that others write to as well. */
class SharedLog implements WritableLog<never> {
  position = 0;

  head(): Promise<{ position: number }> {
    return Promise.resolve({ position: this.position });
  }

  /** What others have written is of the one stream. */
  read(after: number): Promise<RecordedEvent[]> {
    const others = Array.from({ length: this.position - after }, (_, at) => ({ ...OTHERS, position: after + at + 1 }));
    return Promise.resolve(others);
  }

  append({
    events,
  }: {
    events: Omit<RecordedEvent, 'position' | 'eventId' | 'recordedAt'>[];
  }): Promise<RecordedEvent[]> {
    const recorded = events.map((event) => ({ ...event, position: ++this.position, eventId: 'id', recordedAt: 'now' }));
    return Promise.resolve(recorded);
  }
}

type Decide = WriterOptions<string, number, string, never>['decide'];

/** A writer whose state is the position it was read at; `meanwhile` happens between reading and deciding. */
function writerOf(log: SharedLog, decide: Decide, meanwhile: (reads: number) => void) {
  let reads = 0;
  return new Writer<string, number, string, never>({
    log,
    load: () => {
      const state = log.position;
      meanwhile(++reads);
      return Promise.resolve(state);
    },
    versionOf: (state) => state,
    decide,
    project: () => [],
    committed: () => undefined,
    maxConflictRetries: 3,
  });
}

const refuse: Decide = (_command, state) => ({ events: [], reply: `no at ${state}` });

describe('a decision without events', () => {
  it('is made again where somebody has written while its state was read', async () => {
    const log = new SharedLog();
    const writer = writerOf(log, refuse, (reads) => (log.position += reads === 1 ? 1 : 0));
    expect(await writer.execute('ask', METADATA)).toEqual({ reply: 'no at 1', position: undefined, eventIds: [] });
  });

  it('is made again where somebody has written since it was remembered', async () => {
    const log = new SharedLog();
    const writer = writerOf(log, refuse, () => undefined);
    expect((await writer.execute('ask', METADATA)).reply).toBe('no at 0');
    log.position = 5;
    expect((await writer.execute('ask', METADATA)).reply).toBe('no at 5');
  });

  it('is given up after a bound where somebody writes every time', async () => {
    const log = new SharedLog();
    const writer = writerOf(log, refuse, () => log.position++);
    await expect(writer.execute('ask', METADATA)).rejects.toThrow(ConflictError);
    expect(log.position).toBe(4);
  });
});

describe('a decision that throws', () => {
  const broken: Decide = (_command, state) => {
    if (state === 0) throw new Error('the state is of two moments');
    return { events: [], reply: `yes at ${state}` };
  };

  it('is made again where somebody has written while its state was read', async () => {
    const log = new SharedLog();
    const writer = writerOf(log, broken, (reads) => (log.position += reads === 1 ? 1 : 0));
    expect((await writer.execute('ask', METADATA)).reply).toBe('yes at 1');
  });

  it('fails with its own error where nobody has', async () => {
    const writer = writerOf(new SharedLog(), broken, () => undefined);
    await expect(writer.execute('ask', METADATA)).rejects.toThrow('the state is of two moments');
  });
});
