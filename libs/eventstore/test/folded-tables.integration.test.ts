/** Folding into tables page by page: whatever breaks off on the way, what is folded afterwards is neither lost nor doubled. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { FoldedTables, sql, type Fold, type FoldPositions, type ReadLog, type RecordedEvent } from '../src/index.ts';
import { metadata, openDatabase, upTo } from './notes.ts';

const EVENTS = 1_400;
const SOURCE = 'notes';

/** One row that counts: what is understood of a page depends on all before it. */
const fold: Fold = {
  log: SOURCE,
  follows: [],
  tables: [{ name: 'total', key: ['id'], columns: ['id', 'events'] }],
  begin: async (read) => {
    let [total = 0] = (await read<{ events: number }>(sql`SELECT events FROM total`)).map(({ events }) => events);
    return {
      statements: (_source, events) => {
        total += events.length;
        return [
          sql`INSERT INTO total (id, events) VALUES (1, ${total})
              ON CONFLICT (id) DO UPDATE SET events = excluded.events`,
        ];
      },
    };
  },
};

const readLog: ReadLog = (after, limit) => Promise.resolve(eventsOf(after, Math.min(limit, EVENTS - after)));

function eventsOf(after: number, count: number): RecordedEvent[] {
  return upTo(count).map((index) => ({
    ...{ position: after + index, eventId: `${after + index}`, stream: SOURCE, version: after + index, type: 'Noted' },
    ...{ schemaVersion: 1, data: {}, metadata, recordedAt: '2026-01-02T03:04:05.678Z' },
  }));
}

let database: Awaited<ReturnType<typeof openDatabase>>;
let pool: pg.Pool;

beforeAll(async () => {
  database = await openDatabase();
  pool = new pg.Pool({ connectionString: database.databaseUrl, max: 1 });
  return async () => {
    await pool.end();
    await database.drop();
  };
});
beforeEach(() => pool.query('DROP TABLE IF EXISTS total; CREATE TABLE total (id int PRIMARY KEY, events int)'));

const to: FoldPositions = { [SOURCE]: EVENTS };
const total = async () => (await pool.query<{ events: number }>('SELECT events FROM total')).rows[0]?.events;
const tablesOf = (read: ReadLog) => new FoldedTables({ fold, pool, logs: { [SOURCE]: read } });

describe('advance', () => {
  it('folds everything and tells of every page', async () => {
    const tables = tablesOf(readLog);
    const told: number[] = [];
    await tables.advance(to, ({ position }) => told.push(position));
    expect(await total()).toBe(EVENTS);
    expect(tables.positions).toEqual(to);
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual([...told].sort((left, right) => left - right));
    expect(told.at(-1)).toBe(EVENTS);
  });

  it('goes on from where it was broken off, whichever page it was', async () => {
    for (const pages of [1, 2, 3]) {
      await pool.query('TRUNCATE total');
      const tables = tablesOf(readLog);
      let left = pages;
      const breakOff = () => {
        if (--left === 0) throw new Error('broken off');
      };
      await expect(tables.advance(to, breakOff)).rejects.toThrow('broken off');
      expect(await total()).toBe(tables.positions[SOURCE]);
      expect(tables.positions[SOURCE]).toBeLessThan(EVENTS);
      await tables.advance(to);
      expect(await total()).toBe(EVENTS);
    }
  });

  it('goes on from where Postgres refused a page', async () => {
    await pool.query('ALTER TABLE total ADD CONSTRAINT few CHECK (events <= 700)');
    const tables = tablesOf(readLog);
    await expect(tables.advance(to)).rejects.toThrow('few');
    expect(await total()).toBe(tables.positions[SOURCE]);
    await pool.query('ALTER TABLE total DROP CONSTRAINT few');
    await tables.advance(to);
    expect(await total()).toBe(EVENTS);
  });

  it('refuses a hole and a log that is too short, and keeps what is before', async () => {
    const withHole: ReadLog = async (after, limit) =>
      (await readLog(after, limit)).filter(({ position }) => position !== 650);
    const holed = tablesOf(withHole);
    await expect(holed.advance(to)).rejects.toThrow('the log of notes has a hole behind 600');
    expect([await total(), holed.positions[SOURCE]]).toEqual([600, 600]);
    await expect(tablesOf(readLog).advance({ [SOURCE]: EVENTS + 1 })).rejects.toThrow(RangeError);
  });
});
