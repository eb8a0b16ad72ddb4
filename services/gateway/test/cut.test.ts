/** Where a cut through the logs lies: what was recorded by then, the causes, and what the event brought about at once. */
import { problem, type EventPoint, type EventSource } from '@pocket/contracts';
import type { Answer, RequestContext, ServiceClient } from '@pocket/service-kit';
import { describe, expect, it } from 'vitest';
import { cutAtEvent, cutAtHeight } from '../src/cut.ts';
import type { Services } from '../src/services.ts';

const metadata = { correlationId: 'asked', causationId: null, traceparent: null };

/** The id of the event at a position of a log. */
const idOf = (source: EventSource, position: number): string =>
  `${source.length.toString(16).padStart(8, '0')}-0000-0000-0000-${String(position).padStart(12, '0')}`;

/** An event of a log: its second, and the id of its cause. */
type Told = readonly [second: number, cause?: string];
type World = Partial<Record<EventSource, readonly Told[]>>;

const timeOf = (second: number): string => `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`;
const missing: Answer<never> = { ok: false, problem: problem('unknown-moment', 'has not come') };
const unknown: Answer<never> = { ok: false, problem: problem('not-found', 'is not here') };
const behind: Answer<never> = { ok: false, problem: problem('behind', 'is not applied yet') };

interface Asked {
  source: EventSource;
  path: string;
  after: RequestContext['after'];
}

/** The services as their logs would answer, and what they were asked. */
function servicesOf(world: World, late: readonly EventSource[] = []): { services: Services; asked: Asked[] } {
  const asked: Asked[] = [];
  const clientOf = (source: EventSource): ServiceClient => {
    const points = (world[source] ?? []).map(([second, causationId = null], index) => ({
      ...{ position: index + 1, eventId: idOf(source, index + 1) },
      ...{ recordedAt: timeOf(second), causationId },
    }));
    const get = <T>({ after }: RequestContext, path: string): Promise<Answer<T>> => {
      asked.push({ source, path, after });
      const answer = late.includes(source) && path.startsWith('/log/cut') ? behind : answerOf(points, path);
      return Promise.resolve(answer as Answer<T>);
    };
    return { get } as ServiceClient;
  };
  const names = ['wallet', 'tx-pool', 'miner', 'chainstate'] as const;
  const services = Object.fromEntries(names.map((name) => [name, clientOf(name)])) as Services;
  return { services, asked };
}

function answerOf(points: readonly EventPoint[], path: string): Answer<unknown> {
  const [, , kind = '', value = ''] = path.split(/[/?]/);
  if (path.startsWith('/connections/')) return { ok: true, value: { position: Number(kind) + 1 } };
  if (kind === 'cut') return { ok: true, value: { position: placeOf(points, new URLSearchParams(value)) } };
  const point = points.find(({ position, eventId }) => value === (kind === 'ids' ? eventId : String(position)));
  return point === undefined ? (kind === 'ids' ? unknown : missing) : { ok: true, value: point };
}

function placeOf(points: readonly EventPoint[], query: URLSearchParams): number {
  const [recordedAt, eventId] = [query.get('recordedAt') ?? '', query.get('eventId')];
  const inside = points.filter((point) => point.recordedAt <= recordedAt || point.causationId === eventId);
  return inside.at(-1)?.position ?? 0;
}

/** What the logs hold; at which event; what of each log is in. */
const CUTS: [name: string, world: World, at: [EventSource, number], cut: Partial<Record<EventSource, number>>][] = [
  ['up to the event itself, in its own log', { wallet: [[1], [1], [1]] }, ['wallet', 2], { wallet: 2 }],
  [
    'up to its time, in every other log',
    { wallet: [[1], [5]], 'tx-pool': [[2], [5], [6]], chainstate: [[7]] },
    ['wallet', 2],
    { wallet: 2, 'tx-pool': 2 },
  ],
  [
    'with what it brings about later in others, and what lies before that',
    {
      chainstate: [[1], [5]],
      'tx-pool': [[1, idOf('chainstate', 1)], [6], [7, idOf('chainstate', 2)], [7, idOf('chainstate', 2)], [8]],
      wallet: [[8, idOf('chainstate', 2)]],
    },
    ['chainstate', 2],
    { chainstate: 2, 'tx-pool': 4, wallet: 1 },
  ],
  [
    'without what that brings about in turn',
    { chainstate: [[5]], 'tx-pool': [[6, idOf('chainstate', 1)]], wallet: [[7, idOf('tx-pool', 1)]] },
    ['chainstate', 1],
    { chainstate: 1, 'tx-pool': 1 },
  ],
  [
    'with its causes, although their clocks are ahead',
    { wallet: [[9]], 'tx-pool': [[1], [8, idOf('wallet', 1)]], chainstate: [[5, idOf('tx-pool', 2)]] },
    ['chainstate', 1],
    { chainstate: 1, 'tx-pool': 2, wallet: 1 },
  ],
  [
    'with a request as its cause, which is in no log',
    { wallet: [[3, 'request-17']], chainstate: [[4]] },
    ['wallet', 1],
    { wallet: 1 },
  ],
  ['with a cause that is told to be itself', { wallet: [[3, idOf('wallet', 1)]] }, ['wallet', 1], { wallet: 1 }],
  ['never beyond the event in its own log', { wallet: [[3, idOf('wallet', 2)], [4]] }, ['wallet', 1], { wallet: 1 }],
  ['at nothing, before everything', { wallet: [[1]] }, ['wallet', 0], {}],
];

describe('a cut', () => {
  it.each(CUTS)('is %s', async (_name, world, [source, position], cut) => {
    const { services } = servicesOf(world);
    const nothing = { wallet: 0, 'tx-pool': 0, miner: 0, chainstate: 0 };
    expect(await cutAtEvent(services, metadata, source, position)).toEqual({ ok: true, value: { ...nothing, ...cut } });
  });

  it('waits until those who follow the log have come to the event', async () => {
    const { services, asked } = servicesOf({ chainstate: [[1], [2]] });
    await cutAtEvent(services, metadata, 'chainstate', 2);
    const cuts = asked.filter(({ path }) => path.startsWith('/log/cut'));
    expect(cuts.map(({ source }) => source).sort()).toEqual(['miner', 'tx-pool', 'wallet']);
    expect(cuts.map(({ after }) => after)).toEqual(cuts.map(() => ({ chainstate: 2 })));
  });

  it('cannot be made while one of them has not', async () => {
    const { services } = servicesOf({ chainstate: [[1]] }, ['wallet']);
    expect(await cutAtEvent(services, metadata, 'chainstate', 1)).toEqual(behind);
  });

  it('cannot be made at an event that has not come', async () => {
    const { services } = servicesOf({ wallet: [[1]] });
    expect(await cutAtEvent(services, metadata, 'wallet', 2)).toEqual(missing);
  });

  it('at a height is the one at the event that connected its block', async () => {
    const { services } = servicesOf({ chainstate: [[1], [2], [3], [4]], wallet: [[3]] });
    const cut = { wallet: 1, 'tx-pool': 0, miner: 0, chainstate: 3 };
    expect(await cutAtHeight(services, metadata, 2)).toEqual({ ok: true, value: cut });
  });
});
