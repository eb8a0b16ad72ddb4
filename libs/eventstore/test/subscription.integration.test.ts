/**
 * Following a foreign log on real servers while the bus misbehaves in every way: each event is applied once and in
 * order. What was applied is written into the follower's own log, where it can be read back.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, printedSeed, randomOf } from '@pocket/testkit';
import { DeadLetters } from '../src/dead-letters.ts';
import { eventSubject, headSubject, streamName, type CarriedLog } from '../src/bus.ts';
import { EventNode, sql, UnavailableError, type Bus, type RecordedEvent, type Source } from '../src/index.ts';
import { Progress } from '../src/progress.ts';
import { Subscription } from '../src/subscription.ts';
import { openBus, openDatabase, openNotes, readAll, silent, upTo, type Notes } from './notes.ts';

let database: Awaited<ReturnType<typeof openDatabase>>;
let bus: Bus;
let source: Notes;
let follower: Notes;
let carried: CarriedLog;
let rounds = 0;
let open: { close(): Promise<void> }[];

beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  rounds++;
  open = [];
  bus = await openBus();
  source = await openNotes(database.databaseUrl, `source_${rounds}`);
  follower = await openNotes(database.databaseUrl, `follower_${rounds}`);
  carried = { source: source.name, logId: (await source.log.head()).logId };
});
afterEach(async () => {
  await Promise.all(open.map((part) => part.close()));
  await bus.manager.streams.delete(streamName(bus, carried)).catch(() => undefined);
  await bus.connection.close();
  await Promise.all([source.close(), follower.close()]);
});

/** Makes what `handle` below throws; by the event's text. */
let failing: Map<string, Error>;
let fetches: number;
let failures: number;

function sourceOf(changes: Partial<Source> = {}): Source {
  failing = new Map();
  fetches = 0;
  failures = 0;
  return {
    source: source.name,
    fetchHead: () => source.log.head(),
    fetchLog: (after) => {
      fetches++;
      return source.log.read(after, 200);
    },
    isRelevant: ({ data }) => !textOf({ data }).startsWith('meaningless'),
    handle: async (events, move) => {
      const ends = events.map((event, index) => (index === events.length - 1 ? move.to : event.position));
      const failure = events.map((event) => failing.get(textOf(event))).find((error) => error !== undefined);
      if (failure !== undefined) {
        failures++;
        throw failure;
      }
      await Promise.all(
        events.map((event, index) =>
          follower.note(String(event.position), 'applied', {
            ...move,
            from: ends[index - 1] ?? move.from,
            to: ends[index] ?? move.to,
          }),
        ),
      );
    },
    ...changes,
  };
}

const textOf = ({ data }: Pick<RecordedEvent, 'data'>): string => (data as { text: string }).text;
const applied = async (): Promise<number[]> => (await readAll(follower.log)).map(({ text }) => Number(text));

/** Begins to follow without a relay: the test itself plays the bus. */
function begin(changes: Partial<Source> = {}) {
  const { log, client } = follower;
  const progress = new Progress(log, follower.name);
  const deadLetters = new DeadLetters(client);
  const options = { ...sourceOf(changes), consumer: follower.name, bus, log, progress, deadLetters, logger: silent };
  const subscription = new Subscription(options);
  open.push(subscription);
  subscription.start();
  return { subscription, progress, deadLetters };
}

async function follow(changes: Partial<Source> = {}) {
  const following = begin(changes);
  await eventually(() => expect(following.subscription.obstacle).toBeUndefined(), { withinMs: 5_000 });
  return following;
}

/** Follows with real nodes on both sides. */
async function followByNodes(changes: Partial<Source> = {}): Promise<EventNode> {
  const [told, following] = [source, follower].map(
    ({ name, client, databaseUrl }) => new EventNode({ service: name, databaseUrl, client, bus, logger: silent }),
  ) as [EventNode, EventNode];
  open.push(told, following);
  source.log.onAppended(() => bus.connection.publish(`${bus.namespace}.wake.${source.name}`));
  await told.start([]);
  await following.start([sourceOf(changes)]);
  await eventually(() => expect(following.obstacles).toEqual([]), { withinMs: 5_000 });
  return following;
}

/** One more replica, which takes no part in the leadership until it is started. */
function replicaOf({ name, client, databaseUrl }: Notes): EventNode {
  const node = new EventNode({ service: name, databaseUrl, client, bus, logger: silent });
  open.push(node);
  return node;
}

/** The letter of a first event, as a former leader has left it. */
const deadLetterOf = (name: string) => sql`
  INSERT INTO dead_letters (source, position, error, attempts, event, recorded_at)
  VALUES (${name}, 1, 'Error: poison', 5, '{}'::json, now())`;

const noteAll = (count: number) => Promise.all(upTo(count).map((number) => source.note(`${number}`)));

/** As a message of its own: nothing recognizes it as a repetition. */
async function deliver(event: RecordedEvent | undefined): Promise<void> {
  if (event !== undefined) await bus.jetstream.publish(eventSubject(bus, carried, event.type), JSON.stringify(event));
}

/** Throws while JetStream holds a message that the follower has not acknowledged. */
async function nothingUnderWay(): Promise<void> {
  const { num_pending, num_ack_pending } = await bus.manager.consumers.info(streamName(bus, carried), follower.name);
  expect([num_pending, num_ack_pending]).toEqual([0, 0]);
}

const tellHead = (position: number) => bus.connection.publish(headSubject(bus, carried), String(position));

describe('a bus that misbehaves', () => {
  it('repeats: everything is applied once', async () => {
    await noteAll(10);
    await follow();
    await source.note('11');
    for (const event of await source.log.read(0)) await Promise.all(upTo(3).map(() => deliver(event)));
    await eventually(async () => expect(await applied()).toEqual(upTo(11)), { withinMs: 5_000 });
    await eventually(nothingUnderWay, { withinMs: 5_000 });
    expect(await applied()).toEqual(upTo(11));
  });

  it('reorders, without anything lost: applied in order', async () => {
    await follow();
    await noteAll(30);
    for (const event of (await source.log.read(0)).reverse()) await deliver(event);
    await eventually(async () => expect(await applied()).toEqual(upTo(30)), { withinMs: 5_000 });
  });

  it('drops: the gap is read from the source', async () => {
    await follow();
    await noteAll(10);
    const before = fetches;
    await deliver((await source.log.read(7))[0]);
    await eventually(async () => expect((await applied()).length).toBeGreaterThanOrEqual(8), { withinMs: 5_000 });
    expect(fetches).toBeGreaterThan(before);
  });

  it('drops the last message: the source says how far it is, twice, and it is noticed', async () => {
    await follow();
    await noteAll(5);
    tellHead(5);
    tellHead(5);
    await eventually(async () => expect(await applied()).toEqual(upTo(5)), { withinMs: 2_000 });
  });

  it('does all of it at random, and still everything is applied once and in order', async () => {
    const random = randomOf(printedSeed('subscription'));
    await follow();
    for (let round = 0; round < 4; round++) {
      await noteAll(25);
      const events = await source.log.read(0);
      for (let message = 0; message < 30; message++) await deliver(random.pick(events));
      tellHead(events.length);
    }
    tellHead(100);
    await eventually(async () => expect(await applied()).toEqual(upTo(100)), { withinMs: 10_000 });
  });

  it('is wiped while both sides run: nothing is lost, and it is followed again', async () => {
    await followByNodes();
    await noteAll(10);
    await eventually(async () => expect(await applied()).toEqual(upTo(10)), { withinMs: 5_000 });
    await bus.manager.streams.delete(streamName(bus, carried));
    await Promise.all(upTo(10).map(() => source.note('more')));
    await eventually(async () => expect(await applied()).toEqual(upTo(20)), { withinMs: 10_000 });
    await eventually(() => bus.manager.consumers.info(streamName(bus, carried), follower.name), { withinMs: 10_000 });
    await source.note('last');
    await eventually(async () => expect(await applied()).toEqual(upTo(21)), { withinMs: 900 });
  });

  it('has carried nothing yet: what is there is read from the source', async () => {
    await noteAll(450);
    await follow();
    await eventually(async () => expect(await applied()).toEqual(upTo(450)), { withinMs: 10_000 });
  });
});

describe('restarts', () => {
  it('go on behind the checkpoint', async () => {
    await noteAll(10);
    const { subscription } = await follow();
    await eventually(async () => expect(await applied()).toEqual(upTo(10)), { withinMs: 5_000 });
    await subscription.close();
    await Promise.all(upTo(10).map(() => source.note('more')));
    await follow();
    await eventually(async () => expect(await applied()).toEqual(upTo(20)), { withinMs: 5_000 });
  });

  it('of two followers at once apply nothing twice', async () => {
    await Promise.all([follow(), follow()]);
    for (let round = 0; round < 5; round++) {
      await noteAll(20);
      for (const event of await source.log.read(0)) await deliver(event);
    }
    tellHead(100);
    tellHead(100);
    await eventually(async () => expect(await applied()).toEqual(upTo(100)), { withinMs: 10_000 });
  });
});

describe('an event that cannot be applied', () => {
  it('becomes a dead letter after bounded tries; a replay goes on where it stopped', async () => {
    const following = await followByNodes();
    failing.set('5', new Error('poison'));
    await noteAll(10);
    await eventually(() => expect(following.obstacles).toHaveLength(1), { withinMs: 15_000 });
    const obstacle = `event 5 of ${source.name} could not be applied (Error: poison); see /v1/dead-letters`;
    expect(following.obstacles[0]).toBe(obstacle);
    expect(await applied()).toEqual(upTo(4));
    const [letter] = await following.deadLetters.list();
    expect(letter).toMatchObject({ source: source.name, position: 5, error: 'Error: poison', attempts: 5 });
    expect(letter?.event).toMatchObject({ position: 5, data: { text: '5' } });

    failing.set('5', new RangeError('still poison'));
    const failed = { state: 'failed', position: 5, error: 'RangeError: still poison', attempts: 10 };
    expect(await following.replay(source.name)).toEqual(failed);
    expect(await following.deadLetters.list()).toMatchObject([{ position: 5, attempts: 10 }]);
    expect(await applied()).toEqual(upTo(4));

    failing.clear();
    expect(await following.replay(source.name)).toEqual({ state: 'applied', position: 5 });
    expect(await following.deadLetters.list()).toEqual([]);
    expect(following.obstacles).toEqual([]);
    await eventually(async () => expect(await applied()).toEqual(upTo(10)), { withinMs: 5_000 });
    expect(await following.replay(source.name)).toEqual({ state: 'none' });
  });

  it('is replayed by the leader, whichever replica is asked', async () => {
    const leader = await followByNodes();
    const other = replicaOf(follower);
    await other.start([sourceOf()]);
    expect([leader.leading, other.leading]).toEqual([true, false]);
    failing.set('1', new Error('poison'));
    await source.note('1');
    await eventually(async () => expect(await other.deadLetters.list()).toHaveLength(1), { withinMs: 15_000 });
    expect(await other.replay(source.name)).toMatchObject({ state: 'failed', error: 'Error: poison', attempts: 10 });
    failing.clear();
    expect(await other.replay(source.name)).toEqual({ state: 'applied', position: 1 });
    expect(await applied()).toEqual([1]);
  });

  it('is not replayed where nobody leads, and says so', async () => {
    await follower.client.$executeRaw(deadLetterOf(source.name));
    const replica = replicaOf(follower);
    await expect(replica.replay(source.name)).rejects.toThrow(`no replica of ${follower.name} leads at the moment`);
    await expect(replica.replay(source.name)).rejects.toThrow(UnavailableError);
  });

  it('is read again from its source, where the bus has carried it wrongly', async () => {
    const read: string[] = [];
    const isRelevant = (event: RecordedEvent): boolean => {
      read.push(textOf(event));
      if (textOf(event) === 'garbled') throw new Error('nobody can read this');
      return true;
    };
    const { deadLetters } = await follow({ isRelevant });
    await source.note('1');
    const [event] = await source.log.read(0);
    if (event === undefined) throw new Error('nothing was written');
    await deliver({ ...event, data: { text: 'garbled' } });
    await eventually(async () => expect(await applied()).toEqual([1]), { withinMs: 5_000 });
    expect(read).toEqual(['garbled', '1']);
    expect(await deadLetters.list()).toEqual([]);
  });

  it('stays one until somebody knows of it: a letter that cannot be written is tried again', async () => {
    const { subscription, deadLetters } = await follow();
    const add = deadLetters.add.bind(deadLetters);
    let refusals = 0;
    deadLetters.add = (...letter) => (refusals++ < 2 ? Promise.reject(new Error('disk full')) : add(...letter));
    failing.set('1', new Error('poison'));
    await source.note('1');
    await deliver((await source.log.read(0))[0]);
    await eventually(() => expect(subscription.obstacle).toMatch(/^event 1 of /), { withinMs: 20_000 });
    expect(await deadLetters.list()).toMatchObject([{ position: 1, attempts: 7 }]);
  });

  it('leaves no letter behind where it has been applied elsewhere', async () => {
    await source.note('1');
    await follower.log.createCheckpoint(follower.name, source.name, carried.logId);
    await follower.log.raiseCheckpoint(follower.name, source.name, 1);
    await follower.client.$executeRaw(deadLetterOf(source.name));
    const { deadLetters } = await follow();
    await eventually(async () => expect(await deadLetters.list()).toEqual([]), { withinMs: 2_000 });
  });
});

describe('a server that is away', () => {
  it('is waited for however long: no dead letter', async () => {
    const { subscription, deadLetters } = await follow();
    failing.set('1', new UnavailableError('away'));
    await source.note('1');
    tellHead(1);
    await deliver((await source.log.read(0))[0]);
    // A failure of the event itself would be the fifth and last one by now.
    await eventually(() => expect(failures).toBeGreaterThan(5), { withinMs: 20_000 });
    expect(subscription.obstacle).toBeUndefined();
    expect(await deadLetters.list()).toEqual([]);
    failing.clear();
    await eventually(async () => expect(await applied()).toEqual([1]), { withinMs: 5_000 });
  });

  it('as the source: is not waited for at the end', async () => {
    let asked = 0;
    const fetchLog = () => {
      asked++;
      return new Promise<never>(() => undefined);
    };
    const { subscription } = await follow({ fetchLog });
    await source.note('1');
    tellHead(1);
    tellHead(1);
    await eventually(() => expect(asked).toBe(1), { withinMs: 5_000 });
    await subscription.close();
  });

  it('as the source: says so until it is back', async () => {
    let away = true;
    const fetchHead = () => (away ? Promise.reject(new UnavailableError('nobody there')) : source.log.head());
    const { subscription } = begin({ fetchHead });
    expect(subscription.obstacle).toBe(`${source.name}: not connected yet`);
    await eventually(() => expect(subscription.obstacle).toBe(`${source.name}: nobody there`), { withinMs: 1_000 });
    away = false;
    await eventually(() => expect(subscription.obstacle).toBeUndefined(), { withinMs: 2_000 });
  });
});

describe('meaningless events', () => {
  it('move the checkpoint, many in one', async () => {
    const { progress } = await follow();
    let moves = 0;
    const append = follower.log.append.bind(follower.log);
    follower.log.append = (batch) => {
      moves += batch.checkpoints.length;
      return append(batch);
    };
    for (const event of upTo(200)) await source.note(`meaningless ${event}`);
    for (const event of await source.log.read(0)) await deliver(event);
    await eventually(async () => expect(await follower.log.checkpoint(follower.name, source.name)).toBe(200), {
      withinMs: 5_000,
    });
    expect(progress.applied(source.name)).toBe(200);
    expect(moves).toBeLessThan(50);
    expect(await applied()).toEqual([]);
  });

  it('between meaningful ones are passed over in the same commit', async () => {
    await follow();
    for (const text of ['meaningless', 'a', 'meaningless', 'b', 'meaningless']) await source.note(text);
    tellHead(5);
    tellHead(5);
    await eventually(async () => expect(await applied()).toEqual([2, 4]), { withinMs: 2_000 });
    await eventually(async () => expect(await follower.log.checkpoint(follower.name, source.name)).toBe(5), {
      withinMs: 2_000,
    });
  });
});

describe('a foreign log', () => {
  it('of the same name is refused, by name and with a remedy', async () => {
    const { subscription } = await follow();
    await subscription.close();
    const foreign = '00000000-0000-4000-8000-000000000000';
    const changes = { fetchHead: () => Promise.resolve({ logId: foreign, position: 9 }) };
    const message = `${source.name}: ${source.name} has log ${foreign}, this service has followed ${carried.logId}: restore the one or empty the other`;
    const { subscription: again } = begin(changes);
    await eventually(() => expect(again.obstacle).toBe(message), { withinMs: 2_000 });
  });
});

describe('waiting for a position', () => {
  it('ends when it is applied, here or as another replica’s checkpoint', async () => {
    const { progress } = await follow();
    const elsewhere = new Progress(follower.log, follower.name);
    const waits = [progress, elsewhere].map((waiting) => waiting.waitFor(source.name, 3, 5_000));
    for (const event of upTo(3)) await source.note(String(event));
    for (const event of await source.log.read(0)) await deliver(event);
    expect(await Promise.all(waits)).toEqual([true, true]);
    expect(await applied()).toEqual(upTo(3));
  });

  it('asks for what was lost instead of hoping for the message', async () => {
    const { progress } = await follow();
    await source.note('lost');
    const before = fetches;
    expect(await progress.waitFor(source.name, 1, 5_000)).toBe(true);
    expect(fetches).toBeGreaterThan(before);
  });

  it('has a bound', async () => {
    const { progress } = await follow();
    expect(await progress.waitFor(source.name, 1, 300)).toBe(false);
  });

  it('costs nothing for what is applied already', async () => {
    const { progress } = await follow();
    expect(await progress.waitFor(source.name, 0, 0)).toBe(true);
  });
});
