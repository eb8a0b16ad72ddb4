/** The bad wire in front of a real NATS: what services say to each other suffers, what they ask the server does not. */
import { eventually } from '@pocket/testkit';
import { randomOf } from '@pocket/testkit/random';
import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { soundWire, type Wire, type WireFaultKind } from '../chaos/misdelivery.ts';
import { openNatsProxy, type NatsProxy } from '../chaos/nats-proxy.ts';

const WITHIN_MS = 10_000;
const PREFIX = 'chaos_wire';

let wire: Wire;
let proxy: NatsProxy;
let sender: NatsConnection;
let receiver: NatsConnection;
let heard: string[];

beforeEach(async () => {
  const { natsUrl } = inject('servers');
  wire = soundWire();
  proxy = await openNatsProxy(natsUrl, wire, `${PREFIX}.`);
  sender = await connect({ servers: natsUrl });
  receiver = await connect({ servers: proxy.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  heard = [];
  receiver.subscribe(`${PREFIX}.>`, { callback: (_, message) => heard.push(message.string()) });
  await receiver.flush();
});
afterEach(async () => {
  await Promise.all([sender.close(), receiver.close()]);
  await proxy.close();
});

async function say(...texts: string[]): Promise<void> {
  for (const text of texts) sender.publish(`${PREFIX}.events`, text);
  await sender.flush();
}

const misbehave = (kind: WireFaultKind): void => {
  wire.fault = { kind, permille: 1_000, random: randomOf(1) };
};

const hears = (...texts: string[]): Promise<void> =>
  eventually(() => expect(heard).toEqual(texts), { withinMs: WITHIN_MS });

describe('a wire between NATS and a service', () => {
  it('that is sound delivers all, large ones too', async () => {
    const large = 'x'.repeat(3_000_000);
    await say('a', large, 'b');
    await hears('a', large, 'b');
  });

  it.each([
    ['drop', ['z']],
    ['repeat', ['a', 'a', 'b', 'b', 'c', 'c', 'z']],
    // The last one is overtaken by nothing and comes after a while.
    ['reorder', ['b', 'a', 'c', 'z']],
  ] as const)('that has the fault %s', async (kind, texts) => {
    misbehave(kind);
    await say('a', 'b', 'c');
    await eventually(() => expect(wire.hits[kind]).toBeGreaterThan(1), { withinMs: WITHIN_MS });
    await eventually(() => expect(heard).toHaveLength(texts.length - 1), { withinMs: WITHIN_MS });
    wire.fault = undefined;
    await say('z');
    await hears(...texts);
  });

  it('leaves requests and their replies alone', async () => {
    misbehave('drop');
    sender.subscribe('other.question', { callback: (_, message) => message.respond('answer') });
    await sender.flush();
    const reply = await receiver.request('other.question', '', { timeout: WITHIN_MS });
    expect(reply.string()).toBe('answer');
  });

  it('ends connections with it, and takes new ones', async () => {
    const { natsUrl } = inject('servers');
    const other = await openNatsProxy(natsUrl, soundWire(), `${PREFIX}.`);
    const connection = await connect({ servers: other.url, reconnect: false });
    await other.close();
    await connection.closed();
    await expect(connect({ servers: other.url, reconnect: false })).rejects.toThrow();
    await say('still');
    await hears('still');
  });
});
