/** What a newer version has written: a foreign log stops at it by name, known events pass as before. */
import { describe, expect, it } from 'vitest';
import { UnreadableEventError } from '@pocket/contracts';
import type { RecordedEvent, Source } from '@pocket/eventstore';
import { stoppingAtUnknown } from '../src/newer-log.ts';

const metadata = { correlationId: 'test', causationId: null, traceparent: null };
const eventOf = (type: string, schemaVersion: number): RecordedEvent => ({
  position: 1,
  eventId: '6a0c1a44-7e4b-4d4b-9a0e-0d0d3c7a7b11',
  stream: 'chain',
  version: 1,
  type,
  schemaVersion,
  data: {},
  metadata,
  recordedAt: '2026-11-23T10:00:00.000Z',
});

const chain: Source = {
  source: 'chainstate',
  fetchHead: () => Promise.reject(new Error('nobody asks')),
  fetchLog: () => Promise.reject(new Error('nobody asks')),
  isRelevant: ({ type }) => type === 'BlockConnected',
  handle: () => Promise.resolve(),
};

describe('a source that is followed', () => {
  it.each([
    ['BlockConnected', 1, true],
    ['BlockStored', 1, false],
    ['ChainStarted', 1, false],
    ['ChainStarted', 2, false],
  ])('has %s version %i mean what it meant', (type, version, relevant) => {
    expect(stoppingAtUnknown(chain).isRelevant(eventOf(type, version))).toBe(relevant);
  });

  it.each([
    ['ChainStarted', 3, 'ChainStarted version 3 is newer than this code, which reads up to 2'],
    ['BlockStored', 2, 'BlockStored version 2 is newer than this code, which reads up to 1'],
    ['BlockPruned', 1, 'chainstate has no event type BlockPruned'],
  ])('stops at %s version %i, by name', (type, version, sentence) => {
    const attempt = () => stoppingAtUnknown(chain).isRelevant(eventOf(type, version));
    expect(attempt).toThrow(UnreadableEventError);
    expect(attempt).toThrow(sentence);
  });

  it('is one of the services', () => {
    expect(() => stoppingAtUnknown({ ...chain, source: 'somebody' })).toThrow('somebody is no service');
  });
});
