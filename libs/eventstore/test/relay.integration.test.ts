/** The relay and its leadership on real servers: everything in order and once, one leader, takeover when it dies. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '@pocket/testkit';
import { streamName } from '../src/bus.ts';
import { EventNode, sql, type Bus, type RecordedEvent } from '../src/index.ts';
import { createWriter, metadata, openBus, openDatabase, openNotes, silent, upTo, type Notes } from './notes.ts';
import { openProxy } from './tcp-proxy.ts';

let database: Awaited<ReturnType<typeof openDatabase>>;
let bus: Bus;
let replicas: Notes[];
let nodes: EventNode[];
let writers: Notes['writer'][];
let schemas = 0;

beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  bus = await openBus();
  const name = `relayed_${++schemas}`;
  replicas = [await openNotes(database.databaseUrl, name), await openNotes(database.databaseUrl, name)];
  const { databaseUrl } = database;
  nodes = replicas.map(({ client }, index) => {
    return new EventNode({ service: name, databaseUrl, client, bus, logger: silent, instance: `replica:${index}` });
  });
  writers = replicas.map(({ client }, index) => createWriter(client, (nodes[index] as EventNode).log));
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  await removeStreams();
  await bus.connection.close();
  await Promise.all(replicas.map((replica) => replica.close()));
});

async function removeStreams(): Promise<void> {
  for await (const { config } of bus.manager.streams.list())
    if (config.name.startsWith(`${bus.namespace}-`)) await bus.manager.streams.delete(config.name);
}

interface Replica {
  note: (text: string) => Promise<unknown>;
  node: () => EventNode;
}

const [first, second] = [replica(0), replica(1)];

function replica(index: number): Replica {
  const node = () => nodes[index] as EventNode;
  return { node, note: (text) => (writers[index] as Notes['writer']).execute({ stream: 'notes', text }, metadata) };
}

async function stream(): Promise<string> {
  const { logId } = await first.node().log.head();
  return streamName(bus, { source: `relayed_${schemas}`, logId });
}

/** Positions as they lie in JetStream, oldest first. */
async function carried(): Promise<number[]> {
  const name = await stream();
  const { state } = await bus.manager.streams.info(name);
  const positions: number[] = [];
  for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq++)
    positions.push((await bus.manager.streams.getMessage(name, { seq })).json<RecordedEvent>().position);
  return positions;
}

const leaders = () => nodes.filter(({ leading }) => leading).length;

/** Kills whoever holds an advisory lock in this test's database. */
async function killLeader(): Promise<void> {
  await replicas[0]?.client.$queryRaw(
    sql`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
}

describe('the relay', () => {
  it('carries everything in order and once, whichever replica wrote it', async () => {
    await Promise.all(upTo(20).map((number) => first.note(`before ${number}`)));
    await Promise.all(nodes.map((node) => node.start([])));
    await Promise.all(upTo(300).map((number) => (number % 2 === 0 ? first : second).note(`${number}`)));
    await eventually(async () => expect(await carried()).toEqual(upTo(320)), { withinMs: 10_000 });
  });

  it('wakes at once for an event of this replica and of another', async () => {
    await first.node().start([]);
    await second.node().start([]);
    for (const [index, replica] of [first, second].entries()) {
      await replica.note('quick');
      await eventually(async () => expect(await carried()).toHaveLength(index + 1), { withinMs: 500 });
    }
  });

  it('publishes nothing twice when it begins anew with an old checkpoint', async () => {
    await first.node().start([]);
    await Promise.all(upTo(50).map((number) => first.note(`${number}`)));
    await eventually(async () => expect(await carried()).toEqual(upTo(50)), { withinMs: 5_000 });
    await first.node().close();
    await replicas[0]?.client.$executeRaw(sql`UPDATE checkpoints SET position = 10 WHERE consumer = 'relay'`);
    await second.node().start([]);
    await second.note('51');
    await eventually(async () => expect(await carried()).toEqual(upTo(51)), { withinMs: 5_000 });
  });

  it('makes its stream again when it was deleted', async () => {
    await first.node().start([]);
    await first.note('one');
    await eventually(async () => expect(await carried()).toEqual([1]), { withinMs: 5_000 });
    await bus.manager.streams.delete(await stream());
    await first.note('two');
    await eventually(async () => expect(await carried()).toEqual([2]), { withinMs: 10_000 });
  });
});

describe('leadership', () => {
  it('is one replica’s, and passes on when that one closes', async () => {
    await Promise.all(nodes.map((node) => node.start([])));
    expect(leaders()).toBe(1);
    const leader = nodes.find(({ leading }) => leading);
    await leader?.close();
    await eventually(() => expect(leaders()).toBe(1), { withinMs: 3_000 });
    expect(nodes.find(({ leading }) => leading)).not.toBe(leader);
  });

  it('passes on within seconds when the leader’s connection is killed, and nothing is lost', async () => {
    await Promise.all(nodes.map((node) => node.start([])));
    for (const round of [1, 2, 3]) {
      await Promise.all(upTo(20).map((number) => second.note(`${round}/${number}`)));
      await killLeader();
      await eventually(() => expect(leaders()).toBe(1), { withinMs: 5_000 });
    }
    await eventually(async () => expect(await carried()).toEqual(upTo(60)), { withinMs: 10_000 });
  });

  it('begins and ends the duty that hangs on it', async () => {
    const duties = [0, 0];
    const start = (node: EventNode, index: number) =>
      node.start([], () => {
        duties[index] = 1;
        return () => (duties[index] = 0);
      });
    await Promise.all(nodes.map(start));
    expect(duties.reduce((sum, duty) => sum + duty)).toBe(1);
    await nodes.find(({ leading }) => leading)?.close();
    await eventually(() => expect(duties.reduce((sum, duty) => sum + duty)).toBe(1), { withinMs: 3_000 });
    await Promise.all(nodes.map((node) => node.close()));
    expect(duties).toEqual([0, 0]);
  });

  it('is visible to every replica: who, and since when', async () => {
    const begun = Math.floor(Date.now() / 1_000) * 1_000;
    await Promise.all(nodes.map((node) => node.start([])));
    const leader = nodes.find(({ leading }) => leading);
    const told = nodes.map((node) => node.leader);
    expect(told.map((one) => one?.instance)).toEqual([leader?.instance, leader?.instance]);
    expect(told[0]?.since).toBe(told[1]?.since);
    expect(Date.parse(told[0]?.since ?? '')).toBeGreaterThanOrEqual(begun);
    expect(Date.parse(told[0]?.since ?? '')).toBeLessThanOrEqual(Date.now());
    await leader?.close();
    const other = nodes.find((node) => node !== leader);
    await eventually(() => expect(other?.leader?.instance).toBe(other?.instance), { withinMs: 3_000 });
  });

  it('is not another service’s in the same database', async () => {
    await first.node().start([]);
    const { client, databaseUrl } = replicas[1] as Notes;
    const stranger = new EventNode({ service: `stranger_${schemas}`, databaseUrl, client, bus, logger: silent });
    nodes.push(stranger);
    await stranger.start([]);
    expect(stranger.leader?.instance).toBe(stranger.instance);
    expect(first.node().leader?.instance).toBe('replica:0');
  });

  it('passes on when the leader hears and says nothing any more, who then knows that it has lost it', async () => {
    const { client, name } = replicas[0] as Notes;
    const proxy = await openProxy(database.databaseUrl);
    const ends = vi.fn<() => void>();
    const silenced = new EventNode({ service: name, databaseUrl: proxy.url, client, bus, logger: silent });
    nodes.push(silenced);
    await silenced.start([], () => ends);
    await second.node().start([]);
    expect([silenced.leading, second.node().leading]).toEqual([true, false]);
    proxy.silence();
    await eventually(() => expect(second.node().leading).toBe(true), { withinMs: 10_000 });
    await eventually(() => expect(silenced.leading).toBe(false), { withinMs: 10_000 });
    expect(ends).toHaveBeenCalledOnce();
    await second.note('behind it');
    await eventually(async () => expect(await carried()).toEqual([1]), { withinMs: 2_000 });
    await proxy.close();
  });

  it('says what is in its way', async () => {
    const { client, name } = replicas[0] as Notes;
    const options = { service: name, databaseUrl: 'postgres://nobody@127.0.0.1:1/x', client, bus, logger: silent };
    const node = new EventNode(options);
    await node.start([]);
    expect(node.leading).toBe(false);
    expect(node.obstacles).toEqual([expect.stringContaining('cannot lead: ')]);
    await node.close();
  });
});
