/**
 * Two replicas of every service, one of which leads: everybody says who. A leader that is killed is replaced within
 * seconds, one that only stood still finds itself replaced, and through all of it nothing is lost and nothing done twice.
 */
import type { ReadinessView } from '@pocket/contracts';
import {
  eventually,
  followedLogs,
  OriginalClient,
  printedSeed,
  randomOf,
  startTestStack,
  type TestStack,
} from '@pocket/testkit';
import { sql } from '@pocket/eventstore';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { withTables } from './foreign-pen.ts';
import { startLoad, type Load } from './load.ts';

const SERVICES = ['wallet', 'tx-pool', 'miner', 'chainstate'];
const TAKEN_OVER_WITHIN_MS = 3_000;
/** One that stands still must have been silent for four seconds. */
const REPLACED_WITHIN_MS = 8_000;
const RECOVERY_WITHIN_MS = 60_000;

let stack: TestStack;
let api: OriginalClient;
let load: Load;

beforeAll(async () => {
  stack = await startTestStack({ replicas: 2 });
  api = new OriginalClient(stack.url);
  return () => stack.stop();
});
async function readiness(name: string): Promise<ReadinessView> {
  return (await (await fetch(`${stack.urlOf(name)}/readyz`)).json()) as ReadinessView;
}

/** The names of the leading replica and of the other one. */
async function rolesOf(service: string): Promise<{ leader: string; other: string }> {
  return eventually(
    async () => {
      const names = [service, `${service}-2`];
      const told = await Promise.all(names.map(readiness));
      expect(told.filter(({ leads }) => leads)).toHaveLength(1);
      const first = told[0]?.leads === true;
      return { leader: names[first ? 0 : 1] ?? '', other: names[first ? 1 : 0] ?? '' };
    },
    { withinMs: RECOVERY_WITHIN_MS },
  );
}

const expectLeading = (name: string, withinMs: number) =>
  eventually(async () => expect(await readiness(name)).toMatchObject({ leads: true }), { withinMs });

describe('who leads', () => {
  it.each(SERVICES)('%s: is said by both replicas and by the gateway, with the time since', async (service) => {
    const { leader, other } = await rolesOf(service);
    const [leading, following] = [await readiness(leader), await readiness(other)];
    expect(leading).toMatchObject({ ready: true, leads: true, leader: { instance: leading.instance } });
    expect(following).toMatchObject({ ready: true, leads: false, leader: leading.leader });
    expect(leading.instance).toMatch(new RegExp(`:${stack.process(leader).pid}$`));
    expect(Date.parse(leading.leader?.since ?? '')).toBeLessThanOrEqual(Date.now());
    const gateway = (await (await fetch(`${stack.url}/readyz`)).json()) as { services: Record<string, unknown> };
    expect(gateway.services[service]).toEqual({ replicas: 2, ready: 2, leader: leading.leader });
  });
});

describe('while payments and blocks go on', () => {
  beforeEach(async () => {
    await api.resetSystem();
    load = await startLoad(api, randomOf(printedSeed('leaders')));
    return () => load.stop();
  });

  describe('a leader that is killed', () => {
    it.each(SERVICES)(
      '%s: the other replica leads within three seconds',
      async (service) => {
        await load.answers(20);
        const { leader, other } = await rolesOf(service);
        await stack.process(leader).kill('SIGKILL');
        await expectLeading(other, TAKEN_OVER_WITHIN_MS);
        await load.answers(20);
        await stack.process(leader).start();
        expect(await readiness(leader)).toMatchObject({ leads: false, leader: (await readiness(other)).leader });
        await load.answers(20);
        await expectNothingLostOrTwice();
      },
      3 * RECOVERY_WITHIN_MS,
    );
  });

  describe('a leader that stands still', () => {
    it.each(SERVICES)(
      '%s: is replaced, and when it wakes up it follows',
      async (service) => {
        await load.answers(20);
        const { leader, other } = await rolesOf(service);
        await stack.process(leader).kill('SIGSTOP');
        try {
          await expectLeading(other, REPLACED_WITHIN_MS);
        } finally {
          await stack.process(leader).kill('SIGCONT');
        }
        const { leader: now } = await readiness(other);
        await eventually(async () => expect(await readiness(leader)).toMatchObject({ leads: false, leader: now }), {
          withinMs: TAKEN_OVER_WITHIN_MS,
        });
        await load.answers(20);
        await expectNothingLostOrTwice();
      },
      3 * RECOVERY_WITHIN_MS,
    );
  });
});

async function expectNothingLostOrTwice(): Promise<void> {
  await load.stop();
  expect(load.unexpected).toEqual([]);
  await eventually(mineAllPayments, { withinMs: RECOVERY_WITHIN_MS });
  await eventually(() => followedLogs(stack), { withinMs: RECOVERY_WITHIN_MS });
  const blocks = await auditChain(stack);
  // The reset's ten blocks hold its payments, and two more wait in the pool that it leaves.
  const mined = blocks.slice(10).reduce((count, { transactions }) => count + transactions.length - 1, 0) - 2;
  expect(mined).toBeGreaterThanOrEqual(load.accepted);
  expect(mined).toBeLessThanOrEqual(load.accepted + load.unanswered);
  expect(await saidTwice()).toEqual([]);
}

async function mineAllPayments(): Promise<void> {
  const wallets = (await (await fetch(`${stack.urlOf('wallet')}/wallets`)).json()) as {
    address: string;
    locked: boolean;
  }[];
  const waiting = (await api.getPool()).some(({ error }) => !error);
  if (waiting) expect(await api.mineBlock(wallets[0]?.address ?? '', 100)).toMatchObject({ error: null });
  expect(waiting).toBe(false);
  expect(wallets.filter(({ locked }) => locked)).toEqual([]);
}

/** Facts that can be true once only, as long as no block leaves the chain: each with how often it was told. */
async function saidTwice(): Promise<unknown[]> {
  const told = await Promise.all([
    withTables(stack, 'tx_pool', (client) => client.$queryRaw<unknown[]>(repeated('BlockFollowed', 'blockHash'))),
    withTables(stack, 'tx_pool', (client) => client.$queryRaw<unknown[]>(repeated('TransactionConfirmed', 'txid'))),
    withTables(stack, 'wallet', (client) => client.$queryRaw<unknown[]>(repeated('PaymentConfirmed', 'paymentId'))),
    withTables(stack, 'chainstate', (client) => client.$queryRaw<unknown[]>(repeated('BlockConnected', 'blockHash'))),
  ]);
  return told.flat();
}

const repeated = (type: string, field: string) => sql`
  SELECT type, data->>${field} AS fact, count(*)::int AS times FROM events WHERE type = ${type}
   GROUP BY 1, 2 HAVING count(*) > 1`;
