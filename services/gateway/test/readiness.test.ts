/** What the gateway says of the services behind it: one replica of each that can serve is enough. */
import { describe, expect, it } from 'vitest';
import { eventSources, type ReadinessView } from '@pocket/contracts';
import type { ServiceClient } from '@pocket/service-kit';
import { readinessOf, type Services } from '../src/services.ts';

const LEADER = { instance: 'a:1', since: '2026-11-23T10:00:00Z' };
const replica = (changes: Partial<ReadinessView> = {}): ReadinessView => ({
  ready: true,
  missing: [],
  instance: 'b:2',
  leads: false,
  leader: LEADER,
  ...changes,
});
const lacking = (...missing: string[]) => replica({ ready: false, missing });

type Replicas = (ReadinessView | undefined)[];

/** All services are well, but the miner has these replicas. */
function withMiner(replicas: Replicas): Services {
  const clients = eventSources.map((name) => {
    const told = name === 'miner' ? replicas : [replica()];
    return [name, { readiness: () => Promise.resolve(told) } as ServiceClient] as const;
  });
  return Object.fromEntries(clients) as Services;
}

describe('a service', () => {
  it.each<[string, Replicas, string[], number]>([
    ['whose replicas are all well', [replica(), replica()], [], 2],
    ['of which one cannot be reached', [undefined, replica()], [], 1],
    ['of which one lacks something', [lacking('NATS'), replica()], [], 1],
    ['whose replicas lack the same', [lacking('NATS'), lacking('NATS')], ['miner: NATS'], 0],
    ['whose replicas lack this and that', [lacking('NATS'), lacking('Redis')], ['miner: NATS', 'miner: Redis'], 0],
    ['of which the one that is left lacks something', [undefined, lacking('NATS')], ['miner: NATS'], 0],
    ['of which none can be reached', [undefined, undefined], ['miner: cannot be reached'], 0],
  ])('%s', async (_, replicas, missing, ready) => {
    const said = await readinessOf(withMiner(replicas));
    expect(said.missing).toEqual(missing);
    expect(said.services.miner).toMatchObject({ replicas: 2, ready });
    expect(said.services.wallet).toEqual({ replicas: 1, ready: 1, leader: LEADER });
  });

  it.each<[string, Replicas, ReadinessView['leader']]>([
    [
      'the one that leads, before what others have heard',
      [replica(), replica({ leads: true, leader: other() })],
      other(),
    ],
    ['what a follower has heard, where the leader is silent', [undefined, replica()], LEADER],
    ['nobody, where nobody knows', [undefined, replica({ leader: null })], null],
  ])('has as its leader %s', async (_, replicas, leader) => {
    expect((await readinessOf(withMiner(replicas))).services.miner.leader).toEqual(leader);
  });
});

function other() {
  return { instance: 'c:3', since: '2026-11-23T11:00:00Z' };
}
