/** The log on a real Postgres: positions without holes in commit order, group commit, conflicts, all or nothing. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ConflictError,
  ForeignLogError,
  LogProof,
  readStored,
  readStoredHead,
  sql,
  UnavailableError,
  Writer,
  type LogFault,
  type RecordedEvent,
} from '../src/index.ts';
import { metadata, openDatabase, openNotes, readAll, upTo, type Notes } from './notes.ts';
import { openProxy, type Proxy } from './tcp-proxy.ts';

const RECORDED_AT = '2026-01-02T03:04:05.678Z';

let database: Awaited<ReturnType<typeof openDatabase>>;
let notes: Notes;
let replica: Notes;
let schemas = 0;

beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  const name = `notes_${++schemas}`;
  [notes, replica] = await Promise.all([openNotes(database.databaseUrl, name), openNotes(database.databaseUrl, name)]);
});
afterEach(async () => {
  await Promise.all([notes.close(), replica.close()]);
});

const positionsOf = async ({ log }: Notes) => (await readAll(log)).map(({ position }) => position);

/** How many transactions wrote the events. */
async function countCommits({ client }: Notes): Promise<number> {
  const [row] = await client.$queryRaw<{ count: bigint }[]>(sql`SELECT count(DISTINCT xmin::text) FROM events`);
  return Number(row?.count);
}

type Remembering = ReturnType<typeof rememberingWriter>;

/** Keeps all notes in memory between commits, as services do with a state that is costly to load. */
function rememberingWriter(log: Notes['log']) {
  let remembered: string[] | undefined;
  return new Writer<string, string[], 'added' | 'there' | 'missing'>({
    log,
    load: async (_, fresh) =>
      fresh || remembered === undefined ? (await readAll(log)).map(({ text }) => text) : remembered,
    versionOf: (texts) => texts.length,
    decide(command, texts) {
      const [verb, text = ''] = command.split(' ');
      if (verb === 'need') return { events: [], reply: texts.includes(text) ? 'there' : 'missing' };
      return { events: [{ stream: 'notes', type: 'Noted', schemaVersion: 1, data: { text } }], reply: 'added' };
    },
    project: () => [],
    committed: (texts, events) => {
      remembered = [...texts, ...events.map(({ data }) => (data as { text: string }).text)];
    },
  });
}

const event = (stream: string, version: number) => ({
  stream,
  version,
  type: 'Noted',
  schemaVersion: 1,
  data: { text: `${stream} ${version}` },
  metadata,
});

/** What is wrong with the chain of hashes, from the first event to the head. */
async function faultsOf({ name, databaseUrl }: Notes): Promise<LogFault[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const head = await readStoredHead(client, name);
    if (head === undefined) throw new Error(`${name} has no log`);
    const proof = new LogProof(head.logId);
    for (const stored of await readStored(client, name, 0, 1_000)) proof.take(stored);
    return proof.finish(head);
  } finally {
    await client.end();
  }
}

describe('hashes', () => {
  it('are chained in the order of positions, whichever replica writes and whatever is rolled back between', async () => {
    const writers = upTo(16).map(async (writer) => {
      for (const round of upTo(6))
        await (writer % 2 === 0 ? notes : replica)
          .note(round === 3 ? 'broken' : `${round}`, `stream-${writer}`)
          .catch((error: unknown) => {
            if (round !== 3) throw error;
          });
    });
    await Promise.all(writers);
    expect((await readAll(notes.log)).length).toBe(16 * 5);
    expect(await faultsOf(notes)).toEqual([]);
  });

  const texts = [
    '',
    'a line\nand another',
    'a " and a \\',
    '{a,b}',
    "it's",
    '\u0000',
    'snow ☃ 😀',
    '\r\n\t',
    'NULL',
    '\u2028',
  ];

  it.each([1, texts.length])('are over texts as they are stored, with %d of them in a commit', async (size) => {
    for (let first = 0; first < texts.length; first += size)
      await Promise.all(
        texts.slice(first, first + size).map((text) => notes.note(text, `of ${text.replace('\u0000', '0')}`)),
      );
    expect((await readAll(notes.log)).map(({ text }) => text)).toEqual(texts);
    expect(await faultsOf(notes)).toEqual([]);
  });
});

describe('positions', () => {
  it('have no holes and follow commit order under 64 writers in two replicas, with conflicts and rollbacks', async () => {
    const reader = watch(notes);
    const writers = upTo(64).map(async (writer) => {
      const service = writer % 2 === 0 ? notes : replica;
      for (const round of upTo(8)) {
        const text = round === 4 ? 'broken' : `${writer}/${round}`;
        await service.note(text, `stream-${writer % 8}`).catch((error: unknown) => {
          if (text !== 'broken' && !(error instanceof ConflictError)) throw error;
        });
      }
    });
    await Promise.all(writers);
    const all = await readAll(notes.log);
    const { position: head } = await notes.log.head();
    expect(all.map(({ position }) => position)).toEqual(upTo(head));
    expect(all.length).toBeGreaterThan(64 * 7 * 0.9);
    expect(all.filter(({ text }) => text === 'broken')).toEqual([]);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
    expect(await reader.stop(head)).toEqual(upTo(head));
  });

  /** Reads on and on, as a consumer would; a position that shows up late would be missing in what it has seen. */
  function watch({ log }: Notes) {
    const seen: number[] = [];
    let until = Infinity;
    const reading = (async () => {
      while (seen.length < until) for (const { position } of await log.read(seen.at(-1) ?? 0, 7)) seen.push(position);
      return seen;
    })();
    return {
      stop(head: number) {
        until = head;
        return reading;
      },
    };
  }

  it('are given back by what is rolled back', async () => {
    await notes.note('one');
    await expect(notes.note('broken')).rejects.toThrow('invalid input syntax');
    await notes.note('two');
    expect(await readAll(notes.log)).toEqual([
      { position: 1, text: 'one' },
      { position: 2, text: 'two' },
    ]);
  });

  it('are in what a write returns, and in the head', async () => {
    expect(await notes.log.head()).toMatchObject({ position: 0 });
    expect(await notes.note('one')).toBe(1);
    expect(await replica.note('two')).toBe(2);
    expect(await notes.log.head()).toMatchObject({ position: 2 });
  });
});

describe('an append', () => {
  it('keeps what it is given', async () => {
    const [written] = await notes.log.append({
      recordedAt: RECORDED_AT,
      events: [event('a', 1)],
      checkpoints: [],
      projections: [],
    });
    const [read] = await replica.log.read(0);
    expect(read).toEqual({ ...written, ...event('a', 1), position: 1 });
  });

  it('tells its listeners of committed events only, until they leave', async () => {
    const heard: RecordedEvent[] = [];
    const leave = notes.log.onAppended((events) => heard.push(...events));
    await notes.note('one');
    await expect(notes.note('broken')).rejects.toThrow();
    await replica.note('two');
    leave();
    await notes.note('three');
    expect(heard.map(({ position }) => position)).toEqual([1]);
  });

  it('of a version that is taken writes nothing: ConflictError', async () => {
    await notes.log.append({ recordedAt: RECORDED_AT, events: [event('a', 1)], checkpoints: [], projections: [] });
    const late = { recordedAt: RECORDED_AT, events: [event('b', 1), event('a', 1)], checkpoints: [], projections: [] };
    await expect(replica.log.append(late)).rejects.toThrow(ConflictError);
    expect(await positionsOf(notes)).toEqual([1]);
  });

  it('moves checkpoints and writes events together, or neither', async () => {
    const { logId } = await notes.log.head();
    await notes.log.createCheckpoint('me', 'other', logId);
    const move = { consumer: 'me', source: 'other', from: 0, to: 5 };
    await notes.log.append({ recordedAt: RECORDED_AT, events: [event('a', 1)], checkpoints: [move], projections: [] });
    await expect(
      notes.log.append({ recordedAt: RECORDED_AT, events: [event('a', 2)], checkpoints: [move], projections: [] }),
    ).rejects.toThrow(ConflictError);
    const next = { ...move, from: 5, to: 6 };
    await expect(
      notes.log.append({ recordedAt: RECORDED_AT, events: [event('a', 1)], checkpoints: [next], projections: [] }),
    ).rejects.toThrow(ConflictError);
    expect(await positionsOf(notes)).toEqual([1]);
    expect(await notes.log.checkpoint('me', 'other')).toBe(5);
  });

  it('of a checkpoint alone takes no position', async () => {
    const { logId } = await notes.log.head();
    await notes.log.createCheckpoint('me', 'other', logId);
    const move = { consumer: 'me', source: 'other', from: 0, to: 9 };
    await notes.log.append({ recordedAt: RECORDED_AT, events: [], checkpoints: [move], projections: [] });
    expect(await notes.log.head()).toMatchObject({ position: 0 });
    expect(await notes.log.checkpoint('me', 'other')).toBe(9);
  });
});

describe('a checkpoint', () => {
  it('is created once and refuses another log of the same name', async () => {
    const { logId } = await notes.log.head();
    expect(await notes.log.createCheckpoint('me', 'other', logId)).toBe(0);
    await notes.log.raiseCheckpoint('me', 'other', 7);
    await notes.log.raiseCheckpoint('me', 'other', 3);
    expect(await notes.log.createCheckpoint('me', 'other', logId)).toBe(7);
    const foreign = '00000000-0000-4000-8000-000000000000';
    await expect(notes.log.createCheckpoint('me', 'other', foreign)).rejects.toThrow(ForeignLogError);
    await expect(notes.log.createCheckpoint('me', 'other', foreign)).rejects.toThrow(
      `other has log ${foreign}, this service has followed ${logId}: restore the one or empty the other`,
    );
  });
});

describe('the writer', () => {
  it('commits commands in groups: far fewer commits than commands', async () => {
    await Promise.all(upTo(500).map((number) => notes.note(`${number}`)));
    expect(await positionsOf(notes)).toEqual(upTo(500));
    expect(await countCommits(notes)).toBeLessThanOrEqual(20);
  });

  it('keeps the order in which it was asked', async () => {
    await Promise.all(upTo(200).map((number) => notes.note(`${number}`)));
    expect((await readAll(notes.log)).map(({ text }) => text)).toEqual(upTo(200).map(String));
  });

  it('decides again when somebody else was faster, and loses nothing', async () => {
    const both = [notes, replica].flatMap((service, index) =>
      upTo(100).map((number) => service.note(`${index}/${number}`)),
    );
    await Promise.all(both);
    expect(await positionsOf(notes)).toEqual(upTo(200));
  });

  it('gives up after a bounded number of conflicts', async () => {
    let attempts = 0;
    const append = () => {
      attempts++;
      return Promise.reject(new ConflictError('always'));
    };
    const log = { append, head: () => notes.log.head() } as unknown as Notes['log'];
    const writer = new Writer<string, null, null>({
      log,
      load: () => Promise.resolve(null),
      versionOf: () => 0,
      decide: () => ({ events: [event('a', 1)], reply: null }),
      project: () => [],
      maxConflictRetries: 3,
    });
    await expect(writer.execute('x', metadata)).rejects.toThrow(ConflictError);
    expect(attempts).toBe(4);
  });

  it('lets a decision that throws fail alone', async () => {
    const results = await Promise.allSettled(['one', 'throw', 'two', 'throw', 'three'].map((text) => notes.note(text)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await readAll(notes.log)).map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  it('lets a command that Postgres refuses fail alone', async () => {
    const results = await Promise.allSettled(['one', 'broken', 'two'].map((text) => notes.note(text)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await readAll(notes.log)).map(({ text }) => text)).toEqual(['one', 'two']);
  });

  it('answers a refusal without a position and without writing', async () => {
    expect(await notes.writer.execute({ stream: 'a', text: 'refuse' }, metadata)).toEqual({
      reply: 'refused',
      position: undefined,
      eventIds: [],
    });
    expect(await positionsOf(notes)).toEqual([]);
  });

  it('tells each command of a batch its own events, so that what follows can name its cause', async () => {
    const texts = ['one', 'refuse', 'two'];
    const written = await Promise.all(texts.map((text) => notes.writer.execute({ stream: 'a', text }, metadata)));
    const [one, two] = await notes.log.read(0);
    expect(await countCommits(notes)).toBe(1);
    expect(written.map(({ eventIds }) => eventIds)).toEqual([[one?.eventId], [], [two?.eventId]]);
  });

  it('does not refuse from memory what another replica has made possible', async () => {
    const [one, other] = [notes, replica].map(({ log }) => rememberingWriter(log)) as [Remembering, Remembering];
    expect(await one.execute('add x', metadata)).toMatchObject({ reply: 'added', position: 1 });
    expect(await one.execute('need y', metadata)).toMatchObject({ reply: 'missing' });
    expect(await other.execute('add y', metadata)).toMatchObject({ reply: 'added', position: 2 });
    expect(await one.execute('need y', metadata)).toMatchObject({ reply: 'there' });
    expect(await other.execute('need x', metadata)).toMatchObject({ reply: 'there' });
  });

  it('decides what must not share a commit by itself', async () => {
    const batches: string[][] = [];
    const writer = new Writer<string, null, null>({
      log: notes.log,
      load: (commands) => Promise.resolve(batches.push(commands)).then(() => null),
      versionOf: () => 0,
      decide: () => ({ events: [], reply: null }),
      project: () => [],
      mayShare: (first, other) => first === other,
      maxBatch: 3,
    });
    await Promise.all(['a', 'a', 'b', 'a', 'a', 'a', 'a'].map((command) => writer.execute(command, metadata)));
    expect(batches).toEqual([['a', 'a'], ['b'], ['a', 'a', 'a'], ['a']]);
  });

  it('moves a checkpoint over no event whose command has failed', async () => {
    const { logId } = await notes.log.head();
    await notes.log.createCheckpoint('me', 'other', logId);
    const moves = ['one', 'throw', 'three'].map((text, index) =>
      notes.note(text, 'a', { consumer: 'me', source: 'other', from: index, to: index + 1 }),
    );
    const results = await Promise.allSettled(moves);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: { message: 'this decision throws' } });
    expect(results[2]?.status).toBe('rejected');
    expect(await notes.log.checkpoint('me', 'other')).toBeLessThanOrEqual(1);
    expect((await readAll(notes.log)).map(({ text }) => text)).not.toContain('three');
  });
});

describe('while Postgres is away', () => {
  let proxy: Proxy;
  let remote: Notes;
  beforeEach(async () => {
    proxy = await openProxy(database.databaseUrl);
    remote = await openNotes(proxy.url, notes.name);
  });
  afterEach(async () => {
    await remote.close();
    await proxy.close();
  });

  it('everything fails as unavailable, which is worth another try, and works again afterwards', async () => {
    await remote.note('before');
    proxy.cut();
    await expect(remote.note('meanwhile')).rejects.toThrow(UnavailableError);
    await expect(remote.log.head()).rejects.toThrow(UnavailableError);
    await expect(
      remote.log.append({ recordedAt: RECORDED_AT, events: [event('b', 1)], checkpoints: [], projections: [] }),
    ).rejects.toThrow(UnavailableError);
    proxy.restore();
    await remote.note('after');
    expect((await readAll(notes.log)).map(({ text }) => text)).toEqual(['before', 'after']);
  });
});
