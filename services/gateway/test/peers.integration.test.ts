/** Gateways that tell each other, on a real NATS. */
import type { Positions } from '@pocket/contracts';
import { eventually } from '@pocket/testkit';
import { randomUUID } from 'node:crypto';
import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Peers } from '../src/peers.ts';

interface Gateway {
  peers: Peers;
  known: Positions;
  connection: NatsConnection;
}

const WITHIN = { withinMs: 5_000 };

let namespace: string;
let open: NatsConnection[];

beforeEach(() => {
  namespace = `test_${randomUUID().replaceAll('-', '')}`;
  open = [];
});
afterEach(() => Promise.all(open.map((connection) => connection.close())));

async function gateway(instance: string, known: Positions = {}): Promise<Gateway> {
  const connection = await connect({ servers: inject('servers').natsUrl });
  open.push(connection);
  const peers = new Peers({ namespace, instance, known });
  peers.meet(connection);
  return { peers, known, connection };
}

/** Three that know of each other. */
async function gateways(): Promise<[Gateway, Gateway, Gateway]> {
  const all = await Promise.all([gateway('first'), gateway('second'), gateway('third')]);
  await eventually(() => all.forEach(({ peers }) => expect(peers.size).toBe(2)), WITHIN);
  return all;
}

describe('gateways', () => {
  it('that are alone wait for nobody', async () => {
    const { peers } = await gateway('alone');
    expect(peers.tell({ chainstate: 7 })).toBeUndefined();
  });

  it('know what another has told when that goes on', async () => {
    const [first, ...others] = await gateways();
    for (let position = 1; position <= 50; position++) {
      await first.peers.tell({ chainstate: position, wallet: 2 * position });
      for (const { known } of others) expect(known).toEqual({ chainstate: position, wallet: 2 * position });
    }
  });

  it('are told once, whoever else has to know the same', async () => {
    const [first] = await gateways();
    await first.peers.tell({ chainstate: 7, wallet: 3 });
    expect(first.peers.tell({ chainstate: 6 })).toBeUndefined();
    expect(first.peers.tell({ chainstate: 6, miner: 1 })).toBeInstanceOf(Promise);
  });

  it('know what was written while one tells of something else', async () => {
    const [first, second] = await gateways();
    const telling = [1, 2, 3, 4, 5].map((position) => first.peers.tell({ wallet: position }) ?? Promise.resolve());
    await Promise.all(telling);
    expect(second.known).toEqual({ wallet: 5 });
  });

  it('learn at their start what the others know', async () => {
    await gateway('old', { chainstate: 9 });
    const { known } = await gateway('new', { miner: 2 });
    await eventually(() => expect(known).toEqual({ chainstate: 9, miner: 2 }), WITHIN);
  });

  it('are waited for until they have left, and not after', async () => {
    const [first, second] = await gateways();
    await second.peers.leave();
    await second.connection.close();
    await eventually(() => expect(first.peers.size).toBe(1), WITHIN);
  });

  it('that have died silently are waited for once', async () => {
    const [first, second, third] = await gateways();
    await second.connection.close();
    await first.peers.tell({ chainstate: 7 });
    expect([first.peers.size, third.known]).toEqual([1, { chainstate: 7 }]);
  });

  it('of other systems on the same NATS are nobody', async () => {
    const here = await gateway('same-name');
    namespace += '_other';
    const there = await gateway('another');
    await there.connection.flush();
    await here.connection.flush();
    expect([here.peers.size, there.peers.size]).toEqual([0, 0]);
  });
});
