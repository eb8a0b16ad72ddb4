/**
 * Watching the real system: all logs as one feed, in pages and as a stream, while payments and blocks go on, gateways
 * die and come back, JetStream is wiped and NATS cannot be reached; and every event with its request and its cause.
 */
import { connect } from 'nats';
import {
  eventually,
  logHeads,
  OriginalClient,
  printedSeed,
  randomOf,
  startTestStack,
  type TestStack,
} from '@pocket/testkit';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { buildApp } from '../../services/gateway/src/app.ts';
import { readConfig } from '../../services/gateway/src/config.ts';
import { EventReader, type SeenEvent } from './event-reader.ts';
import { startLoad } from './load.ts';
import { NodeClient, type NodeAnswer } from './node-client.ts';

const WITHIN_MS = 30_000;
const SERVICES = ['wallet', 'tx-pool', 'miner', 'chainstate'] as const;

let stack: TestStack;
let api: OriginalClient;

beforeAll(async () => {
  stack = await startTestStack({ replicas: { gateway: 2 } });
  api = new OriginalClient(stack.url);
  expect(await api.resetSystem()).toMatchObject({ error: null });
  return () => stack.stop();
});

interface Page {
  order: string;
  events: SeenEvent[];
  previous: string | null;
  next: string;
  more: boolean;
}

const get = <T>(path: string, url = stack.url): Promise<NodeAnswer<T>> => new NodeClient(url).send('GET', path);

const pageAt = async (query: string): Promise<Page> => {
  const { status, body } = await get<Page>(`/v1/events?${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
};

/** Every page from the beginning. */
async function feed(query = '', limit = 200): Promise<SeenEvent[]> {
  const events: SeenEvent[] = [];
  for (let after = '0', more = true; more;) {
    const page = await pageAt(`${query}&limit=${limit}&after=${after}`);
    events.push(...page.events);
    [after, more] = [page.next, page.more];
  }
  return events;
}

/** What each service says its own log holds, by the road that consumers take. */
async function logs(): Promise<string[]> {
  const all = await Promise.all(
    SERVICES.map(async (service) => {
      const ids: string[] = [];
      for (;;) {
        const { body } = await get<SeenEvent[]>(`/log?after=${ids.length}&limit=1000`, stack.urlOf(service));
        if (body.length === 0) return ids;
        ids.push(...body.map(({ eventId }) => eventId));
      }
    }),
  );
  return all.flat();
}

const idsOf = (events: readonly SeenEvent[]): string[] => events.map(({ eventId }) => eventId);

/** Each event once, each log in its order without a hole, every cause before its effects. */
function expectExact(events: readonly SeenEvent[], ids: readonly string[]): void {
  expect(new Set(idsOf(events)).size).toBe(events.length);
  expect([...idsOf(events)].sort()).toEqual([...ids].sort());
  const seen = new Set<string>();
  const positions: Record<string, number> = {};
  for (const { service, position, eventId, metadata } of events) {
    expect(position).toBe((positions[service] ?? position - 1) + 1);
    positions[service] = position;
    const { causationId, correlationId } = metadata;
    if (causationId !== correlationId && ids.includes(causationId ?? '')) expect(seen).toContain(causationId);
    seen.add(eventId);
  }
}

/** A payment and the block that holds it, as one request each. */
async function payAndMine(correlation: string): Promise<void> {
  const [first = '', second = ''] = (await api.getWallets()).map(({ address }) => address);
  const headers = { 'content-type': 'application/json' };
  const send = { method: 'POST', headers: { ...headers, 'x-correlation-id': `${correlation}-send` } };
  const mine = { method: 'POST', headers: { ...headers, 'x-correlation-id': `${correlation}-mine` } };
  const payment = JSON.stringify({ from: first, to: second, amount: 1 });
  const sent = await (await fetch(`${stack.url}/api/send`, { ...send, body: payment })).json();
  expect(sent).toMatchObject({ error: null });
  const order = JSON.stringify({ address: first, txAmount: 100 });
  const mined = await (await fetch(`${stack.url}/api/mine_block`, { ...mine, body: order })).json();
  expect(mined).toMatchObject({ error: null });
}

describe('every event', () => {
  it('names the request it belongs to and the event or request that caused it', async () => {
    await payAndMine('chain-of-causes');
    const all = await feed();
    const byId = new Map(all.map((event) => [event.eventId, event]));
    const rootless = all.filter(({ metadata: { causationId, correlationId } }) => {
      if (causationId === null || correlationId === '') return true;
      return causationId !== correlationId && byId.get(causationId)?.metadata.correlationId !== correlationId;
    });
    expect(rootless).toEqual([]);
    const causeOf = ({ metadata }: SeenEvent) => byId.get(metadata.causationId ?? '')?.type ?? 'the request';
    const of = (type: string, correlation: string) =>
      all.filter((event) => event.type === type && event.metadata.correlationId === `chain-of-causes-${correlation}`);
    const causes = (type: string, correlation: string) => of(type, correlation).map(causeOf);
    expect(causes('PaymentSigned', 'send')).toEqual(['the request']);
    expect(causes('TransactionAccepted', 'send')).toEqual(['PaymentSigned']);
    expect(causes('MiningRequested', 'mine')).toEqual(['the request']);
    expect(causes('BlockFound', 'mine')).toEqual(['the request']);
    expect(causes('BlockConnected', 'mine')).toEqual(['BlockFound']);
    // Two payments of the reset wait as well.
    await eventually(
      async () => {
        const mined = await feed('correlation=chain-of-causes-mine');
        const types = mined.map((event) => [event.type, causeOf(event)].join(' of '));
        expect(types.filter((text) => text === 'PaymentConfirmed of BlockConnected')).toHaveLength(3);
        expect(types.filter((text) => text === 'TransactionConfirmed of BlockConnected')).toHaveLength(3);
      },
      { withinMs: WITHIN_MS },
    );
  });
});

describe('pages', () => {
  it('forward and backward tell exactly what the logs hold, whatever their size', async () => {
    const ids = await quiet();
    for (const limit of [7, 1_000]) {
      expectExact(await feed('', limit), ids);
      const backward: SeenEvent[] = [];
      for (let before: string | null | undefined; before !== null;) {
        const page: Page = await pageAt(
          before === undefined ? `order=desc&limit=${limit}` : `before=${before}&limit=${limit}`,
        );
        expect(page.order).toBe('desc');
        backward.push(...page.events);
        before = page.previous;
      }
      expectExact(backward.reverse(), ids);
    }
  });

  it('are in the order of time', async () => {
    await quiet();
    const times = (await feed()).map(({ recordedAt }) => recordedAt);
    expect(times).toEqual([...times].sort());
  });

  it('lead to what is newer and what is older from either end', async () => {
    await quiet();
    const newest = await pageAt('order=desc&limit=3');
    expect(await pageAt(`after=${newest.next}`)).toMatchObject({ events: [], more: false });
    const again = await pageAt(`after=${newest.previous ?? ''}&limit=3`);
    expect([...idsOf(again.events)].sort()).toEqual([...idsOf(newest.events)].sort());
    expect(await pageAt('limit=1')).toMatchObject({ order: 'asc', previous: null, more: true });
  });

  it('hold what passes the filter and nothing else', async () => {
    await payAndMine('filters');
    await quiet();
    const all = await feed();
    const [accepted] = all.filter(
      ({ type, metadata }) => type === 'TransactionAccepted' && metadata.correlationId === 'filters-send',
    );
    if (accepted === undefined) throw new Error('the payment was not accepted');
    const cases: [string, (event: SeenEvent) => boolean][] = [
      ['service=miner', ({ service }) => service === 'miner'],
      ['service=miner,wallet', ({ service }) => service === 'miner' || service === 'wallet'],
      ['type=BlockConnected', ({ type }) => type === 'BlockConnected'],
      ['type=PaymentSigned,BlockFound', ({ type }) => type === 'PaymentSigned' || type === 'BlockFound'],
      ['stream=chain', ({ stream }) => stream === 'chain'],
      ['correlation=filters-send', ({ metadata }) => metadata.correlationId === 'filters-send'],
      [
        'correlation=filters-mine&service=tx-pool&type=TransactionConfirmed',
        ({ type, metadata }) => type === 'TransactionConfirmed' && metadata.correlationId === 'filters-mine',
      ],
      [
        `causation=${accepted.metadata.causationId ?? ''}`,
        ({ metadata }) => metadata.causationId === accepted.metadata.causationId,
      ],
    ];
    for (const [query, passes] of cases) {
      const expected = all.filter(passes);
      expect(expected.length, query).toBeGreaterThan(0);
      expect(idsOf(await feed(query, 5)), query).toEqual(idsOf(expected));
    }
  });

  it('show one event by its place', async () => {
    const [event] = (await pageAt('service=chainstate&limit=1')).events;
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(await get('/v1/events/chainstate/1')).toEqual({ status: 200, body: { ...event, hash } });
    const { 'tx-pool': head } = await logHeads(stack);
    expect(await get(`/v1/events/tx-pool/${head + 1000}`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

/** All ids, once two looks at the logs have found the same. */
function quiet(): Promise<string[]> {
  let before: string[] = [];
  return eventually(
    async () => {
      const ids = await logs();
      const isQuiet = ids.length === before.length;
      before = ids;
      expect(isQuiet).toBe(true);
      return ids;
    },
    { withinMs: WITHIN_MS },
  );
}

const badInput: [path: string, status: number, code: string, detail: RegExp][] = [
  ['?limit=-1', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['?limit=0', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['?limit=1001', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['?limit=999999999999999999999', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['?limit=ten', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['?limit=1.5', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['?after=nonsense', 400, 'unknown-cursor', /after must read like wallet=7.*not "nonsense"/],
  ['?after=', 400, 'unknown-cursor', /or 0 for the beginning/],
  ['?after=wallet=7,wallet=8', 400, 'unknown-cursor', /each log once at most.*not "wallet=7,wallet=8"/],
  ['?limit=1e1', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not "1e1"/],
  ['?after=wallet=-1', 400, 'unknown-cursor', /after must read like/],
  ['?before=bank=1', 400, 'unknown-cursor', /before must read like/],
  [
    '?after=wallet=999999999',
    400,
    'unknown-cursor',
    /^wallet=999999999 is not in the log of wallet, which ends at \d+$/,
  ],
  ['?before=miner=999999999', 400, 'unknown-cursor', /^miner=999999999 is not in the log of miner/],
  ['?after=0&before=wallet=1', 400, 'invalid-request', /two directions/],
  ['?after=0&order=desc', 400, 'invalid-request', /its order is asc/],
  ['?before=wallet=1&order=asc', 400, 'invalid-request', /its order is desc/],
  ['?order=up', 400, 'invalid-request', /order must be asc or desc/],
  ['?service=bank', 400, 'invalid-request', /there is no service bank; there are wallet, tx-pool, miner, chainstate/],
  ['?type=Payed', 400, 'invalid-request', /there is no type Payed; there are WalletCreated, /],
  ['?type=', 400, 'invalid-request', /type must have a character or more, not ""/],
  ['?type=BlockFound,', 400, 'invalid-request', /type has a value of 0 characters/],
  [`?stream=${'x'.repeat(201)}`, 400, 'invalid-request', /stream has a value of 201 characters/],
  [`?correlation=${'x,'.repeat(100)}x`, 400, 'invalid-request', /correlation names 101 values, at most 100/],
  ['?page=2', 400, 'invalid-request', /the query has "page"; it takes service, stream, /],
  ['/bank/1', 404, 'not-found', /there is no log of bank/],
  ['/wallet/0', 404, 'not-found', /0 is no position/],
  ['/wallet/-1', 404, 'not-found', /-1 is no position/],
  ['/wallet/999999999', 404, 'not-found', /the log of wallet ends at \d+/],
];

describe('bad input', () => {
  it.each(badInput)('%s is %i %s', async (path, status, code, detail) => {
    const before = await quiet();
    const answer = await get<{ code: string; detail: string; remedy: string }>(`/v1/events${path}`);
    expect(answer).toMatchObject({ status, body: { code, remedy: expect.any(String) as string } });
    expect(answer.body.detail).toMatch(detail);
    expect(await logs()).toEqual(before);
  });

  it.each([
    ['?before=wallet=1', {}, 'invalid-request', /takes no before/],
    ['?limit=5', {}, 'invalid-request', /takes no limit/],
    ['?order=asc', {}, 'invalid-request', /takes no order/],
    ['?after=x', {}, 'unknown-cursor', /after must read like/],
    ['', { 'last-event-id': '42' }, 'unknown-cursor', /Last-Event-ID must read like/],
    ['', { 'last-event-id': 'miner=999999999' }, 'unknown-cursor', /^miner=999999999 is not in the log of miner/],
  ])('a stream of %s %j is refused', async (query, more, code, detail) => {
    const headers = { accept: 'text/event-stream', ...more };
    const response = await fetch(`${stack.url}/v1/events${query}`, { headers });
    const body = (await response.json()) as { code: string; detail: string };
    expect({ status: response.status, code: body.code }).toEqual({ status: 400, code });
    expect(body.detail).toMatch(detail);
  });

  it('a method that only reads do not take is 405', async () => {
    const response = await fetch(`${stack.url}/v1/events`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a stream', () => {
  it('starts now, and from the beginning where that is asked for', async () => {
    const ids = await quiet();
    const [now, all] = [new EventReader(), new EventReader()];
    await Promise.all([now.connect(stack.url), all.connect(stack.url, '?after=0')]);
    await payAndMine('starts');
    const more = (await quiet()).filter((id) => !ids.includes(id));
    await eventually(() => expect(now.events).toHaveLength(more.length), { withinMs: WITHIN_MS });
    await eventually(() => expect(all.events).toHaveLength(ids.length + more.length), { withinMs: WITHIN_MS });
    expectExact(now.events, more);
    expectExact(all.events, [...ids, ...more]);
    await Promise.all([now.cut(), all.cut()]);
  });

  it('holds what passes the filter', async () => {
    const reader = new EventReader();
    await reader.connect(stack.url, '?type=BlockConnected,BlockFound&after=0');
    await payAndMine('filtered-stream');
    const expected = (await feed()).filter(({ type }) => type === 'BlockConnected' || type === 'BlockFound');
    await eventually(() => expect(reader.events).toHaveLength(expected.length), { withinMs: WITHIN_MS });
    expect(idsOf(reader.events)).toEqual(idsOf(expected));
    await reader.cut();
  });

  it('misses and repeats nothing while gateways die, JetStream is wiped, and everybody pays and mines', async () => {
    const random = randomOf(printedSeed('events'));
    const ids = await quiet();
    const reader = new EventReader();
    await reader.connect(stack.url);
    const load = await startLoad(new OriginalClient(stack.urlOf('gateway-2')), random);
    const gateways = ['gateway', 'gateway-2'].map((name) => stack.urlOf(name));
    for (let round = 0; round < 12; round++) {
      await load.answers(3 + random.below(10));
      await reader.cut();
      if (round === 3) await wipeJetStream();
      if (round === 6) await restartGateway('gateway', 'SIGKILL');
      await reader.connect(random.pick(gateways));
    }
    await load.stop();
    expect(load.unexpected).toEqual([]);
    const more = (await quiet()).filter((id) => !ids.includes(id));
    expect(more.length).toBeGreaterThan(50);
    await eventually(() => expect(reader.events).toHaveLength(more.length), { withinMs: WITHIN_MS });
    expectExact(reader.events, more);
    await reader.cut();
  });

  it('is ended in order by a gateway that stops, and goes on when it is back', async () => {
    const ids = await quiet();
    const reader = new EventReader();
    await reader.connect(stack.url);
    await stack.process('gateway').stop();
    expect(await reader.ended()).toBe('in order');
    const other = new OriginalClient(stack.urlOf('gateway-2'));
    await other.newWallet();
    await stack.process('gateway').start();
    await reader.connect(stack.url);
    await api.newWallet();
    const more = (await quiet()).filter((id) => !ids.includes(id));
    await eventually(() => expect(reader.events).toHaveLength(more.length), { withinMs: WITHIN_MS });
    expectExact(reader.events, more);
    await reader.cut();
  });

  it('comes also where NATS cannot be reached', async () => {
    const urls = SERVICES.map((name) => [`POCKET_${name.toUpperCase().replace('-', '_')}_URL`, stack.urlOf(name)]);
    const environment = { NATS_URL: 'nats://127.0.0.1:9', POCKET_PORT: '0', POCKET_LOG_LEVEL: 'silent' };
    const gateway = await buildApp(readConfig({ ...environment, ...(Object.fromEntries(urls) as NodeJS.ProcessEnv) }));
    const url = await gateway.fastify.listen({ host: '127.0.0.1', port: 0 });
    const reader = new EventReader();
    try {
      await reader.connect(url);
      await api.newWallet();
      await eventually(() => expect(reader.blocks).toHaveLength(1), { withinMs: WITHIN_MS });
    } finally {
      // Its stream is open: it must not hold up the gateway.
      await gateway.close();
    }
    expect(await reader.ended()).toBe('in order');
  });
});

async function restartGateway(name: string, signal: NodeJS.Signals): Promise<void> {
  await stack.process(name).kill(signal);
  await stack.process(name).start();
}

/** Takes away what JetStream has kept of these services' logs. */
async function wipeJetStream(): Promise<void> {
  const logIds = await Promise.all(
    SERVICES.map(async (service) => (await get<{ logId: string }>('/log/head', stack.urlOf(service))).body.logId),
  );
  const connection = await connect({ servers: inject('servers').natsUrl });
  try {
    const manager = await connection.jetstreamManager();
    const names = await manager.streams.names().next();
    const ours = names.filter((name) => logIds.some((logId) => name.endsWith(logId)));
    expect(ours).toHaveLength(SERVICES.length);
    for (const name of ours) await manager.streams.delete(name);
  } finally {
    await connection.close();
  }
}
