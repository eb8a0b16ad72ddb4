/** Lanes and flights: every event stands in its service's lane, at its share of the time, behind its cause. */
import { describe, expect, it } from 'vitest';
import type { EventSource, FlightStep } from '@pocket/contracts';
import { layFlight } from '../../src/features/events/flight-layout.ts';
import { layLanes } from '../../src/features/events/lane-layout.ts';

const row = (service: EventSource, position: number, recordedAt: string) => ({
  ...{ service, position, recordedAt, eventId: `${position}`, type: 'BlockFound', stream: 's' },
});
const step = (service: EventSource, causedBy: number | null): FlightStep => ({
  ...{ service, causedBy, position: 1, type: 'T', eventId: 'e', correlationId: 'c', causationId: null },
  ...{ sinceFirstMs: 0, recordedAt: '2026-01-01T00:00:00.000Z', what: 'w' },
});

describe('the lanes', () => {
  it('are laid from the earliest event to the latest', () => {
    const { marks, from, to } = layLanes([
      row('chainstate', 3, '2026-01-01T00:00:04.000Z'),
      row('miner', 2, '2026-01-01T00:00:01.000Z'),
      row('wallet', 1, '2026-01-01T00:00:00.000Z'),
    ]);
    expect(marks.map(({ lane, share }) => [lane, share])).toEqual([
      [3, 1],
      [2, 0.25],
      [0, 0],
    ]);
    expect((to ?? 0) - (from ?? 0)).toBe(4_000);
  });

  it('hold nothing, or one event at the end', () => {
    expect(layLanes([])).toEqual({ marks: [], from: undefined, to: undefined });
    expect(layLanes([row('wallet', 1, '2026-01-01T00:00:00.000Z')]).marks[0]?.share).toBe(1);
  });
});

describe('a flight', () => {
  it('leads from each cause to its step, across the lanes', () => {
    const placed = layFlight([step('wallet', null), step('tx-pool', 0), step('chainstate', null)]);
    expect(placed.map(({ lane, cause }) => [lane, cause])).toEqual([
      [0, undefined],
      [1, { row: 0, lane: 0 }],
      [3, undefined],
    ]);
  });
});
