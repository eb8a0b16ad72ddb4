/** A log as watchers ask about it, on a real Postgres: by filter, in both directions, bounded in bytes, and by places. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPlaces, searchEvents, sql, type EventFilter, type EventSearch } from '../src/index.ts';
import { openDatabase, openNotes, upTo, type Notes } from './notes.ts';

let database: Awaited<ReturnType<typeof openDatabase>>;
let notes: Notes;
let large: Notes;

beforeAll(async () => {
  database = await openDatabase();
  [notes, large] = await Promise.all([
    openNotes(database.databaseUrl, 'small'),
    openNotes(database.databaseUrl, 'large'),
  ]);
  for (const index of upTo(12)) await append(index);
  const text = () => Array.from({ length: 40_000 }, () => Math.random().toString(36).slice(2)).join('');
  for (const index of upTo(12)) await large.note(`${index}${text()}`);
  return async () => {
    await Promise.all([notes.close(), large.close()]);
  };
});
afterAll(() => database.drop());

/** Event 3 belongs to request-3 and was caused by event 2, the first of its stream by the request. */
async function append(index: number): Promise<void> {
  const correlationId = `request-${index % 3}`;
  const cause = index % 4 === 1 ? correlationId : await idAt(index - 1);
  const metadata = { correlationId, causationId: cause, traceparent: null };
  await notes.writer.execute({ stream: `stream-${index % 2}`, text: String(index) }, metadata);
}

async function idAt(position: number): Promise<string> {
  return (await notes.log.read(position - 1, 1))[0]?.eventId ?? '';
}

const everything: EventSearch = { after: 0, direction: 'forward', limit: 100, filter: {}, brief: false };

async function found(search: Partial<EventSearch>, { client } = notes) {
  const { events, ...rest } = await searchEvents(client, { ...everything, ...search });
  return { positions: events.map(({ position }) => position), ...rest };
}

describe('a search', () => {
  it('tells events as the log reads them', async () => {
    expect((await searchEvents(notes.client, everything)).events).toEqual(await notes.log.read(0));
  });

  it.each<[string, Partial<EventSearch>, number[], boolean]>([
    ['forward', { after: 3, limit: 4 }, [4, 5, 6, 7], false],
    ['forward to the end', { after: 8, limit: 4 }, [9, 10, 11, 12], true],
    ['forward in a range', { after: 3, through: 6 }, [4, 5, 6], true],
    ['behind the end', { after: 12 }, [], true],
    ['far behind the end', { after: 99 }, [], true],
    ['backward', { direction: 'backward', through: 9, limit: 3 }, [9, 8, 7], false],
    ['backward to the beginning', { direction: 'backward', through: 3, limit: 3 }, [3, 2, 1], true],
    ['backward beyond the end', { direction: 'backward', through: 99, limit: 2 }, [12, 11], false],
    ['for nothing but the head', { after: 0, through: 0 }, [], true],
  ])('%s', async (_, search, positions, complete) => {
    expect(await found(search)).toEqual({ positions, complete, head: 12 });
  });

  it.each<[string, EventFilter, number[]]>([
    ['type', { types: ['Noted'] }, upTo(12)],
    ['type, none', { types: ['Forgotten'] }, []],
    ['stream', { streams: ['stream-1'] }, [1, 3, 5, 7, 9, 11]],
    ['several streams', { streams: ['stream-1', 'stream-0'] }, upTo(12)],
    ['request', { correlationIds: ['request-2'] }, [2, 5, 8, 11]],
    ['request and stream', { correlationIds: ['request-2'], streams: ['stream-0'] }, [2, 8]],
    ['requests', { correlationIds: ['request-1', 'request-2'] }, [1, 2, 4, 5, 7, 8, 10, 11]],
    ['cause that is a request', { causationIds: ['request-1'] }, [1]],
    ['data', { txids: ['none'] }, []],
    ['ids that are none', { eventIds: ['request-1', ''] }, []],
  ])('by %s', async (_, filter, positions) => {
    expect((await found({ filter })).positions).toEqual(positions);
  });

  it('by event and by cause', async () => {
    const ids = [await idAt(2), await idAt(7)];
    expect((await found({ filter: { eventIds: ids } })).positions).toEqual([2, 7]);
    expect((await found({ filter: { causationIds: ids } })).positions).toEqual([3, 8]);
  });

  it('ends early where events are large, and goes on from there', async () => {
    const first = await found({}, large);
    expect(first).toMatchObject({ complete: false, head: 12 });
    expect(first.positions.length).toBeGreaterThan(3);
    const rest = await found({ after: first.positions.length }, large);
    expect([...first.positions, ...rest.positions].slice(0, 12)).toEqual(upTo(12).slice(0, 12));
    expect((await found({ direction: 'backward' }, large)).positions[0]).toBe(12);
  });

  it('leaves large fields out where it is to be brief', async () => {
    const { events, complete } = await searchEvents(large.client, { ...everything, brief: true });
    expect([events.length, complete]).toEqual([12, true]);
    expect(events.map(({ data }) => data)).toEqual(events.map(() => null));
    const [small] = (await searchEvents(notes.client, { ...everything, brief: true })).events;
    expect(small?.data).toEqual({ text: '1' });
  });
});

describe('places', () => {
  it('of causes are those of the events named, where they are in the range and pass', async () => {
    const ids = [await idAt(2), await idAt(7), 'request-1'];
    const places = [
      { id: ids[0], position: 2 },
      { id: ids[1], position: 7 },
    ];
    const question = { of: 'causes', ids, after: 0, filter: {} } as const;
    expect(await findPlaces(notes.client, question)).toEqual(places);
    expect(await findPlaces(notes.client, { ...question, after: 2 })).toEqual(places.slice(1));
    expect(await findPlaces(notes.client, { ...question, filter: { streams: ['stream-0'] } })).toEqual(
      places.slice(0, 1),
    );
  });

  it('of effects are those of the first effect of each', async () => {
    const ids = ['request-1', 'request-2', await idAt(2)];
    const question = { of: 'effects', ids, after: 0, filter: {} } as const;
    const byPosition = async (more: object) =>
      (await findPlaces(notes.client, { ...question, ...more })).sort((a, b) => a.position - b.position);
    const all = [
      { id: 'request-1', position: 1 },
      { id: ids[2], position: 3 },
      { id: 'request-2', position: 5 },
    ];
    expect(await byPosition({})).toEqual(all);
    expect(await byPosition({ through: 3 })).toEqual(all.slice(0, 2));
  });
});

describe('an index', () => {
  it.each([
    [sql`type = 'Noted' AND position > 3 ORDER BY position LIMIT 2`, 'events_type_position_idx'],
    [sql`(metadata->>'correlationId') = 'x' ORDER BY position LIMIT 2`, 'events_correlation_idx'],
    [sql`(metadata->>'causationId') = ANY(ARRAY['x', 'y'])`, 'events_causation_idx'],
  ])('answers each filter', async (condition, index) => {
    const plan = await notes.client.$transaction(async (transaction) => {
      await transaction.$executeRaw`SET LOCAL enable_seqscan = off`;
      await transaction.$executeRaw`SET LOCAL enable_indexscan = on`;
      return transaction.$queryRaw<Record<string, string>[]>(sql`EXPLAIN SELECT * FROM events WHERE ${condition}`);
    });
    expect(JSON.stringify(plan)).toContain(index);
  });
});
