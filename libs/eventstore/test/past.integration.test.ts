/** The past on a real Postgres: every moment in any order as a fold from nothing, bounded slots, lost connections. */
import fc from 'fast-check';
import pg from 'pg';
import { eventually } from '@pocket/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from '../../../services/miner/src/generated/client.ts';
import {
  BeyondHeadError,
  Past,
  sql,
  UnavailableError,
  type Fold,
  type ReadLog,
  type RecordedEvent,
} from '../src/index.ts';
import { metadata, openDatabase, openNotes, upTo, type Notes } from './notes.ts';

const WITHIN_MS = 10_000;
const SEED = 20_261_123;
const OWN = 60;
const FOREIGN = 40;

/** The miner's table once more: a row for every event, those of the other log behind the own ones. */
const noteFold: Fold = {
  log: 'notes',
  follows: ['marks'],
  tables: [{ name: 'searches', key: ['search_id'], columns: ['search_id', 'height', 'ordinal'] }],
  begin: () =>
    Promise.resolve({
      statements: (source, events) =>
        events.map(({ data }, index) => {
          const { text } = data as { text: string };
          const place = index + (source === 'notes' ? 1 : 1_001);
          return sql`INSERT INTO searches (search_id, address, height, transaction_count, version, phase, ordinal)
            SELECT ${text}, 'address', 1, 1, 1, 'searching', base + ${place}::int FROM head`;
        }),
    }),
};

let database: Awaited<ReturnType<typeof openDatabase>>;
let notes: Notes;
let administrator: pg.Client;
let past: Past<PrismaClient>;

beforeAll(async () => {
  database = await openDatabase();
  notes = await openNotes(database.databaseUrl, 'notes');
  for (const number of upTo(OWN)) await notes.note(`note ${number}`);
  administrator = new pg.Client({ connectionString: database.databaseUrl });
  await administrator.connect();
});
afterEach(() => past.close());
afterAll(async () => {
  await Promise.all([notes.close(), administrator.end()]);
  await database.drop();
});

const marks: RecordedEvent[] = upTo(FOREIGN).map((position) => ({
  ...{ position, eventId: `mark-${position}`, stream: 'marks', version: position, type: 'Marked', schemaVersion: 1 },
  ...{ data: { text: `mark ${position}` }, metadata, recordedAt: '2026-01-02T03:04:05.678Z' },
}));
const readMarks: ReadLog = (after, limit) => Promise.resolve(marks.slice(after, after + limit));

function openPast(options: { maxSlots?: number; waitMs?: number; idleMs?: number; marks?: ReadLog } = {}) {
  past = new Past({
    ...options,
    fold: noteFold,
    databaseUrl: database.databaseUrl,
    schema: 'notes',
    logs: { notes: notes.log.read.bind(notes.log), marks: options.marks ?? readMarks },
    open: (adapter) => new PrismaClient({ adapter }),
  });
  return past;
}

/** By a typed call and by a raw one, which find the tables in different ways. */
async function readNotes(client: PrismaClient): Promise<string[]> {
  const rows = await client.search.findMany({ orderBy: { ordinal: 'asc' } });
  const [counted] = await client.$queryRaw<{ count: bigint }[]>(sql`SELECT count(*) FROM searches`);
  expect(counted).toEqual({ count: BigInt(rows.length) });
  return rows.map(({ searchId }) => searchId);
}

const expected = (own: number, foreign: number): string[] => [
  ...upTo(own).map((number) => `note ${number}`),
  ...upTo(foreign).map((number) => `mark ${number}`),
];

const backendOf = async (client: PrismaClient): Promise<number> => {
  const [row] = await client.$queryRaw<{ pid: number }[]>(sql`SELECT pg_backend_pid() AS pid`);
  return row?.pid ?? 0;
};

async function backends(pids: number[]): Promise<number> {
  const { rows } = await administrator.query<{ count: string }>(
    'SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1)',
    [pids],
  );
  return Number(rows[0]?.count);
}

describe('moments', () => {
  it('are the same in whatever order, by several at once', async () => {
    openPast({ maxSlots: 2 });
    const moment = fc.record({ notes: fc.integer({ min: 0, max: OWN }), marks: fc.integer({ min: 0, max: FOREIGN }) });
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 1, maxLength: 6 }), async (asked) => {
        const answers = await Promise.all(asked.map((to) => past.read(to, readNotes)));
        expect(answers).toEqual(asked.map(({ notes, marks }) => expected(notes, marks)));
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  it('cost whoever steps forward only what is new', async () => {
    let asked = 0;
    openPast({
      marks: (after, limit) => {
        asked += limit;
        return readMarks(after, limit);
      },
    });
    for (const foreign of upTo(FOREIGN)) await past.read({ notes: OWN, marks: foreign }, readNotes);
    expect(asked).toBe(FOREIGN);
  });

  it('beyond a head are named, and nothing is spoilt by them', async () => {
    openPast();
    await expect(past.read({ notes: OWN + 1, marks: 0 }, readNotes)).rejects.toThrow(new BeyondHeadError('notes', OWN));
    expect(await past.read({ notes: 3, marks: 0 }, readNotes)).toEqual(expected(3, 0));
  });
});

describe('slots', () => {
  it('are at most as many as allowed; who has waited too long is told so', async () => {
    openPast({ maxSlots: 2, waitMs: 50 });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const pids: number[] = [];
    const hold = async (client: PrismaClient): Promise<void> => {
      pids.push(await backendOf(client));
      await released;
    };
    const held = [past.read({ notes: 1, marks: 0 }, hold), past.read({ notes: 1, marks: 0 }, hold)];
    await eventually(() => expect(pids).toHaveLength(2), { withinMs: WITHIN_MS });
    expect(new Set(pids).size).toBe(2);
    await expect(past.read({ notes: 1, marks: 0 }, backendOf)).rejects.toThrow(UnavailableError);
    release();
    await Promise.all(held);
    expect(pids).toContain(await past.read({ notes: 1, marks: 0 }, backendOf));
  });

  it('are made anew where their connection has ended, while asked and while idle', async () => {
    openPast();
    let attempts = 0;
    const end = async (client: PrismaClient): Promise<number> => {
      const pid = await backendOf(client);
      if (++attempts === 1) await administrator.query('SELECT pg_terminate_backend($1)', [pid]);
      return (await client.search.findMany()).length;
    };
    expect(await past.read({ notes: 9, marks: 0 }, end)).toBe(9);
    expect(attempts).toBe(2);
    const idle = await past.read({ notes: 9, marks: 0 }, backendOf);
    await administrator.query('SELECT pg_terminate_backend($1)', [idle]);
    await eventually(async () => expect(await backends([idle])).toBe(0), { withinMs: WITHIN_MS });
    expect(await past.read({ notes: 12, marks: 1 }, readNotes)).toEqual(expected(12, 1));
  });

  it('try a log that cannot be had once more', async () => {
    let calls = 0;
    openPast({
      marks: (after, limit) => (++calls === 1 ? Promise.reject(new UnavailableError('away')) : readMarks(after, limit)),
    });
    expect(await past.read({ notes: 2, marks: 2 }, readNotes)).toEqual(expected(2, 2));
    expect(calls).toBe(2);
  });

  it('end when nobody asks them, and when the past is closed', async () => {
    openPast({ idleMs: 20 });
    const idle = await past.read({ notes: 1, marks: 0 }, backendOf);
    await eventually(async () => expect(await backends([idle])).toBe(0), { withinMs: WITHIN_MS });
    openPast();
    const open = await past.read({ notes: 1, marks: 0 }, backendOf);
    expect(await backends([open])).toBe(1);
    await past.close();
    await eventually(async () => expect(await backends([open])).toBe(0), { withinMs: WITHIN_MS });
  });
});
