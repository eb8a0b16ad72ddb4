/**
 * Pages over logs that grow while they are read: whatever arrives meanwhile and however pages are cut, each event is
 * told once, a log in its order, and no effect before its cause.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSources, type EventFilter, type EventSource, type WatchedEvent } from '@pocket/contracts';
import { BEGINNING, type Cursor } from '../src/cursor.ts';
import { everything, readNow, readPage, requireKnown, UnknownCursorError, type FeedFilter } from '../src/feed.ts';
import type { Direction } from '../src/merge.ts';
import { LogWorld, matches } from './log-world.ts';

const RUNS = { seed: 4, numRuns: 100 };
const MOST_PAGES = 1_000;

const worlds = fc.record({
  seed: fc.nat(),
  there: fc.nat({ max: 40 }),
  toCome: fc.nat({ max: 60 }),
  largestAnswer: fc.constantFrom(1, 2, 7, Infinity),
});
const filters: fc.Arbitrary<FeedFilter> = fc
  .record({
    services: fc.subarray([...eventSources], { minLength: 1 }),
    inLog: fc.constantFrom<EventFilter>(
      {},
      {},
      { types: ['Asked'] },
      { types: ['Asked', 'Noted'], streams: ['stream-1'] },
      { correlationIds: ['request-2'] },
    ),
  })
  .map(({ services, inLog }) => ({ services, inLog }));
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

/** All pages one after another, each of the next size. */
async function readAll(
  world: LogWorld,
  request: { direction: Direction; from: Cursor; filter: FeedFilter },
  limits: number[],
): Promise<{ events: WatchedEvent[]; at: Cursor; pages: number[] }> {
  let at = request.from;
  const events: WatchedEvent[] = [];
  const pages: number[] = [];
  for (let more = true; more && pages.length < MOST_PAGES;) {
    const limit = limits[pages.length % limits.length] ?? 1;
    const page = await readPage(world.readers, { ...request, from: at, limit });
    expect(page.events.length).toBeLessThanOrEqual(limit);
    if (page.more) expect(page.events.length).toBeGreaterThan(0);
    ({ at, more } = page);
    events.push(...page.events);
    pages.push(page.events.length);
  }
  return { events, at, pages };
}

const passing = (world: LogWorld, filter: FeedFilter, from: Cursor, through: Cursor): WatchedEvent[] =>
  filter.services.flatMap((service) =>
    world.logs[service].filter(
      (event) => event.position > from[service] && event.position <= through[service] && matches(event, filter.inLog),
    ),
  );

const idsOf = (events: readonly WatchedEvent[]): string[] => events.map(({ eventId }) => eventId);

/** Each once, logs in order, causes first. */
function expectTold(told: readonly WatchedEvent[], expected: readonly WatchedEvent[]): void {
  expect([...idsOf(told)].sort()).toEqual([...idsOf(expected)].sort());
  const seen = new Set<string>();
  const last: Partial<Record<EventSource, number>> = {};
  const ids = new Set(idsOf(told));
  for (const { service, position, eventId, metadata } of told) {
    expect(position).toBeGreaterThan(last[service] ?? 0);
    last[service] = position;
    const { causationId } = metadata;
    if (causationId !== null && ids.has(causationId))
      expect(seen, `${causationId} before ${eventId}`).toContain(causationId);
    seen.add(eventId);
  }
}

describe('pages', () => {
  it('forward tell everything once and in order, whatever arrives meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, filters, sizes, async (options, filter, limits) => {
        const world = new LogWorld(options);
        const first = await readAll(world, { direction: 'forward', from: BEGINNING, filter }, limits);
        world.settle();
        const rest = await readAll(world, { direction: 'forward', from: first.at, filter }, limits);
        expectTold([...first.events, ...rest.events], passing(world, filter, BEGINNING, world.heads));
        for (const service of filter.services) expect(rest.at[service]).toBe(world.heads[service]);
      }),
      RUNS,
    );
  });

  it('backward tell everything up to now once, in the order turned round', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, filters, sizes, async (options, filter, limits) => {
        const world = new LogWorld(options);
        const now = await readNow(world.readers);
        const { events, at } = await readAll(world, { direction: 'backward', from: now, filter }, limits);
        expectTold(events.reverse(), passing(world, filter, BEGINNING, now));
        for (const service of filter.services) expect(at[service]).toBe(0);
      }),
      RUNS,
    );
  });

  it('forward go on exactly where a page backward began or ended', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, filters, sizes, async (options, filter, limits) => {
        const world = new LogWorld(options);
        const now = await readNow(world.readers);
        const older = await readPage(world.readers, { direction: 'backward', from: now, limit: 5, filter });
        const { events } = await readAll(world, { direction: 'forward', from: older.at, filter }, limits);
        const { events: newer } = await readAll(world, { direction: 'forward', from: now, filter }, limits);
        const before = new Set(idsOf(older.events));
        expectTold(events, passing(world, filter, older.at, reached(events, older.at)));
        expect(idsOf(events).filter((id) => before.has(id)).length).toBe(older.events.length);
        expectTold([...older.events].reverse().concat(newer), [...older.events, ...newer]);
      }),
      RUNS,
    );
  });

  it('tell in the order of time where clocks agree, however answers are cut', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, sizes, async (options, limits) => {
        const world = new LogWorld({ ...options, toCome: 0, oneClock: true });
        const request = { direction: 'forward', from: BEGINNING, filter: everything } as const;
        const times = (await readAll(world, request, limits)).events.map(({ recordedAt }) => recordedAt);
        expect(times).toEqual([...times].sort());
      }),
      RUNS,
    );
  });

  it('are as large as asked for, where no answer is cut short', async () => {
    const world = new LogWorld({ seed: 1, there: 100, toCome: 0 });
    const request = { from: BEGINNING, filter: everything, direction: 'forward' } as const;
    expect((await readAll(world, request, [30])).pages).toEqual([30, 30, 30, 10]);
    expect((await readAll(world, { ...request, direction: 'backward', from: world.heads }, [30])).pages).toEqual([
      30, 30, 30, 10,
    ]);
  });

  it('pass over what a filter leaves out, so that it is not searched again', async () => {
    const world = new LogWorld({ seed: 1, there: 100, toCome: 0 });
    const filter = { services: [...eventSources], inLog: { types: ['Nothing'] } };
    const page = await readPage(world.readers, { direction: 'forward', from: BEGINNING, limit: 5, filter });
    expect(page).toEqual({ events: [], at: world.heads, more: false });
  });

  it('end, in whatever order, where somebody has made logs name causes in a circle', async () => {
    const world = new LogWorld({ seed: 1, toCome: 0 });
    const [one, other] = [world.append('wallet'), world.append('miner')];
    [one.metadata.causationId, other.metadata.causationId] = [other.eventId, one.eventId];
    const { events } = await readAll(world, { direction: 'forward', from: BEGINNING, filter: everything }, [9]);
    expect(idsOf(events).sort()).toEqual(['miner-1', 'wallet-1']);
  });
});

describe('now', () => {
  it('holds no effect without its cause, although the logs are not read at one moment', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (options) => {
        const world = new LogWorld(options);
        const now = await readNow(world.readers);
        const told = passing(world, everything, BEGINNING, now);
        const ids = new Set(idsOf(told));
        const causes = told
          .flatMap(({ metadata }) => metadata.causationId ?? [])
          .filter((id) => !id.startsWith('request'));
        expect(causes.filter((id) => !ids.has(id))).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('a cursor', () => {
  it.each(eventSources)('beyond the end of %s is unknown, in both directions', async (service) => {
    const world = new LogWorld({ seed: 2, there: 30, toCome: 0 });
    const from = { ...world.heads, [service]: world.heads[service] + 1 };
    for (const direction of ['forward', 'backward'] as const)
      await expect(readPage(world.readers, { direction, from, limit: 5, filter: everything })).rejects.toThrow(
        new UnknownCursorError(service, from[service], world.heads[service]),
      );
    await expect(requireKnown(world.readers, from)).rejects.toThrow(
      `${service}=${from[service]} is not in the log of ${service}, which ends at ${world.heads[service]}`,
    );
    await requireKnown(world.readers, world.heads);
  });
});

function reached(events: readonly WatchedEvent[], from: Cursor): Cursor {
  const places = events.map(({ service, position }) => [service, position] as const);
  return { ...from, ...Object.fromEntries(places) };
}
