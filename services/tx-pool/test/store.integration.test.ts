/** The pool on a real Postgres: batches, reorganizations, a restart, and replicas that write at the same time. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { networks, txidOf, type Transaction } from '@pocket/chain';
import type { CandidateTransactions } from '@pocket/contracts';
import { applyMigrations, EventLog, sql } from '@pocket/eventstore';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { coinOf, spend } from '@pocket/testkit/builders';
import type { PoolCommand } from '../src/domain/commands.ts';
import type { PoolPolicy } from '../src/domain/policy.ts';
import { DEFAULT_POLICY } from '../src/domain/policy.ts';
import { readFirstCandidates, readFirstTotals, readPool, totalsOf } from '../src/queries.ts';
import { createPoolWriter, openClient, type PoolWriter, type PrismaClient } from '../src/store.ts';
import {
  alice,
  ANY,
  bob,
  carol,
  chainFrom,
  NOW,
  outputOf,
  payFee,
  submissionOf,
  submit,
  TestChain,
} from './pool-scenario.ts';

const metadata = { correlationId: 'test', causationId: null, traceparent: null };
const migrations = new URL('../prisma/migrations', import.meta.url);

let database: Awaited<ReturnType<typeof createDatabase>>;
let clients: PrismaClient[];
let client: PrismaClient;
let writer: PoolWriter;

/** Another replica of the service, or the same one after a restart. */
function openWriter(policy: PoolPolicy = DEFAULT_POLICY): PoolWriter {
  const own = openClient(database.databaseUrl);
  clients.push(own);
  return createPoolWriter(own, new EventLog(own), policy);
}

beforeEach(async () => {
  database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  await applyMigrations({ databaseUrl: database.databaseUrl, schema: 'tx_pool', directory: migrations });
  clients = [];
  writer = openWriter();
  client = clients[0] as PrismaClient;
  await execute({ type: 'FollowStart', chainId: 'chain-1', network: networks.pocket });
});
afterEach(async () => {
  await Promise.all(clients.map((each) => each.$disconnect()));
  await database.drop();
});

const execute = async (command: PoolCommand, by = writer) => (await by.execute(command, metadata)).reply;
const all = (commands: PoolCommand[], by = writer) => Promise.all(commands.map((command) => execute(command, by)));
const waiting = async () => (await readPool(client)).map(({ txid }) => txid);
const query = ANY;

/** What the pool offers by its memory and by its table, which must be the same. */
async function offered(by = writer): Promise<string[]> {
  const fromMemory = (await execute({ type: 'ListCandidates', query }, by)) as CandidateTransactions;
  expect(await readFirstCandidates(client, query)).toEqual(fromMemory);
  expect(await readFirstTotals(client, query)).toEqual(totalsOf(fromMemory));
  return fromMemory.transactions.map(({ txid }) => txid);
}

async function kept() {
  const coins = await client.coin.findMany({ orderBy: [{ txid: 'asc' }, { vout: 'asc' }] });
  return {
    pool: await readPool(client),
    coins: coins.map(({ scriptPubKey, ...coin }) => ({ ...coin, script: Buffer.from(scriptPubKey).toString('hex') })),
    tip: await client.tip.findMany(),
    times: await client.blockTime.findMany({ orderBy: { height: 'asc' } }),
  };
}

/** A chain whose first blocks reward alice, followed by the pool. */
async function followed(blocks: number): Promise<TestChain> {
  const chain = new TestChain();
  for (let height = 0; height < blocks; height++) chain.mine(alice);
  await all(chain.blocks.map(({ height }) => chain.follow(height)));
  return chain;
}

describe('a batch', () => {
  it('lets a hundred wait in one commit, in the order in which they came', async () => {
    const chain = await followed(100);
    const payments = chain.blocks.map(({ height }) => payFee(BigInt(height), [chain.reward(height)]));
    const replies = await all(payments.map((each) => submit(each)));
    expect(replies.map((reply) => 'ok' in reply && reply.ok)).toEqual(payments.map(() => true));
    expect(await waiting()).toEqual(payments.map(txidOf));
    expect(await offered()).toEqual(payments.map(txidOf));
    expect(
      new Set(
        (await client.event.findMany({ where: { type: 'TransactionAccepted' } })).map((row) =>
          row.recordedAt.getTime(),
        ),
      ).size,
    ).toBe(1);
  });

  it('keeps neither what comes and goes inside it nor coins that are spent inside it', async () => {
    const chain = await followed(1);
    const payment = payFee(0n, [chain.reward(0)]);
    chain.mine(bob, payment);
    await all([submit(payment), chain.follow(1)]);
    expect(await waiting()).toEqual([]);
    expect((await kept()).coins.map(({ txid }) => txid).sort()).toEqual(
      [txidOf(payment), chain.reward(1).outpoint.txid].sort(),
    );
  });

  it('lists a failed payment beside what waits', async () => {
    const payment = {
      paymentId: 'p',
      from: alice.address,
      to: 'x',
      amount: '3',
      txid: null,
      reason: { code: 'invalid-address', message: 'why' },
    };
    await execute({ type: 'ListFailedPayment', payment });
    expect(await readPool(client)).toMatchObject([{ txid: null, amount: '3', reason: payment.reason }]);
    expect(await offered()).toEqual([]);
  });

  it('tells what a block holds already from what has never been there', async () => {
    const chain = await followed(1);
    const payment = payFee(0n, [chain.reward(0)]);
    chain.mine(bob, payment);
    await execute(chain.follow(1));
    expect(await execute(submit(payment), openWriter())).toMatchObject({ code: 'txn-already-known' });
    const never = submit(payFee(0n, [coinOf(alice, 5n, 77)]));
    expect(await execute(never)).toMatchObject({ code: 'bad-txns-inputs-missingorspent' });
  });

  it('of a dry run changes nothing', async () => {
    const chain = await followed(1);
    const links = chainFrom(chain.reward(0), 3);
    const before = await kept();
    const head = await new EventLog(client).head();
    const outcomes = await execute({ type: 'TestTransactions', submissions: links.map(submissionOf), now: NOW });
    expect(outcomes).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(await kept()).toEqual(before);
    expect(await new EventLog(client).head()).toEqual(head);
  });
});

describe('limits of what is offered', () => {
  it.each([
    [{ limit: 2 }, 2],
    [{ limit: 0 }, 0],
    [{ maxSizeBytes: 400 }, 2],
    [{ maxSizeBytes: 0 }, 0],
  ])('%j are kept by table and memory alike', async (limits, count) => {
    const chain = await followed(3);
    await all(chain.blocks.map(({ height }) => submit(payFee(BigInt(height), [chain.reward(height)]))));
    const fromTable = await readFirstCandidates(client, { ...query, ...limits });
    expect(fromTable).toEqual(await execute({ type: 'ListCandidates', query: { ...query, ...limits } }));
    expect(fromTable?.transactions).toHaveLength(count);
    expect(await readFirstTotals(client, { ...query, ...limits })).toMatchObject({
      ...{ count, fees: String([0, 0, 1][count]) },
      tip: fromTable?.tip,
      sizeBytes: fromTable?.transactions.reduce((sum, { hex }) => sum + hex.length / 2, 0),
    });
  });

  it('by signature operations are kept by memory, which the table leaves the question to', async () => {
    const chain = await followed(3);
    const payments = chain.blocks.map(({ height }) => payFee(BigInt(height), [chain.reward(height)]));
    await all(payments.map((each) => submit(each)));
    const bytes = payments.reduce((sum, each) => sum + submissionOf(each).hex.length / 2, 0);
    const enough = Math.ceil(bytes / 34);
    const asked = (maxSignatureOperations: number) => ({ ...query, maxSignatureOperations });
    expect((await readFirstCandidates(client, asked(enough)))?.transactions).toHaveLength(3);
    expect(await readFirstTotals(client, asked(enough))).toMatchObject({ count: 3, fees: '3' });
    expect(await readFirstCandidates(client, asked(enough - 1))).toBeUndefined();
    expect(await readFirstTotals(client, asked(enough - 1))).toBeUndefined();
    const few = (await execute({ type: 'ListCandidates', query: asked(2) })) as CandidateTransactions;
    expect(few.transactions.map(({ txid }) => txid)).toEqual(payments.slice(0, 2).map(txidOf));
  });
});

describe('a reorganization', () => {
  it.each([true, false])('gives back the losing branch and ends the same, in one batch: %s', async (together) => {
    const base = await followed(3);
    const [first, second] = [base.reward(0), base.reward(1)];
    const [kept1, lost] = [payFee(0n, [first]), payFee(0n, [second])];
    const rival = spend([second], alice, [carol, second.coin.value]);
    const left = base.fork(2, []).mine(alice, kept1).mine(alice, lost);
    const right = base.fork(2, []).mine(bob).mine(bob).mine(bob, rival);
    const commands: PoolCommand[] = [
      left.follow(3),
      left.follow(4),
      left.unfollow(4),
      left.unfollow(3),
      right.follow(3),
      right.follow(4),
      right.follow(5),
    ];
    if (together) await all(commands);
    else for (const command of commands) await execute(command);
    expect(await offered()).toEqual([txidOf(kept1)]);
    const { tip, times, coins } = await kept();
    expect(tip).toMatchObject([
      { height: 5, blockHash: right.follow(5).blockHash, reorganizedFrom: null, network: 'pocket' },
    ]);
    expect(times.map(({ time }) => Number(time))).toEqual(right.blocks.map(({ block }) => block.header.time));
    const expected = [...right.view.entries()].map(({ outpoint, coin }) => [
      outpoint.txid,
      outpoint.vout,
      coin.value,
      coin.height,
    ]);
    expect(coins.map(({ txid, vout, value, height }) => [txid, vout, value, height]).sort()).toEqual(expected.sort());
  });

  it('puts back in its row what a block of the same batch had confirmed', async () => {
    const base = await followed(1);
    const payment = payFee(0n, [base.reward(0)]);
    await execute(submit(payment));
    base.mine(bob, payment);
    await all([base.follow(1), base.unfollow(1, [null, NOW - 1])]);
    expect(await readPool(client)).toMatchObject([{ txid: txidOf(payment), receivedAt: NOW - 1 }]);
  });

  it('finds the times of blocks far below the tip, also after a restart', async () => {
    const chain = await followed(200);
    const restarted = openWriter();
    await all(
      chain.blocks
        .slice(5)
        .map(({ height }) => chain.unfollow(height))
        .reverse(),
      restarted,
    );
    const fork = chain.fork(4, []).mine(bob);
    await execute(fork.follow(5), restarted);
    const { tip, times } = await kept();
    expect(tip).toMatchObject([{ height: 5, reorganizedFrom: 199 }]);
    expect(times.map(({ time }) => Number(time))).toEqual(fork.blocks.map(({ block }) => block.header.time));
  });

  it('that is under way is no moment for the table to answer: memory leaves out what is too early', async () => {
    const chain = await followed(3);
    const spender = payFee(0n, [chain.reward(0)]);
    await execute(submit(spender));
    await execute(chain.unfollow(2));
    expect(await readFirstCandidates(client, query)).toBeUndefined();
    expect(await readFirstTotals(client, query)).toBeUndefined();
    expect(await execute({ type: 'ListCandidates', query })).toMatchObject({
      tip: chain.follow(1).blockHash,
      transactions: [{ txid: txidOf(spender) }],
    });
  });
});

describe('a restart', () => {
  it('finds the same pool: its order, its fees, its chains, and what is too early', async () => {
    await execute({ type: 'FollowStart', chainId: 'chain-2', network: networks['bitcoin-regtest'] });
    const chain = new TestChain();
    for (let height = 0; height < 100; height++) chain.mine(alice);
    await all(chain.blocks.map(({ height }) => chain.follow(height)));
    const links = chainFrom(chain.reward(0), 3);
    const child = payFee(900n, [outputOf(links[2] as Transaction, 0)]);
    await all([...links, child].map((each) => submit(each)));
    await execute(chain.unfollow(99));
    const explained = { ...query, order: 'fee-rate' as const, explain: true };
    const before = await execute({ type: 'ListCandidates', query: explained });
    expect(before).toMatchObject({ leftOut: [{ code: 'bad-txns-premature-spend-of-coinbase' }, {}, {}, {}] });
    expect(await execute({ type: 'ListCandidates', query: explained }, openWriter())).toEqual(before);
    const restarted = openWriter();
    await execute(chain.follow(99), restarted);
    const after = await execute({ type: 'ListCandidates', query: explained }, restarted);
    expect(after).toMatchObject({
      transactions: [{ fee: '0' }, { fee: '0' }, { fee: '0' }, { fee: '900' }],
      leftOut: [],
    });
  });
});

describe('a pool from before blocks could be left', () => {
  it('has waited since it arrived', async () => {
    const [first] = (await readdir(migrations)).sort();
    const before = await mkdtemp(join(tmpdir(), 'tx-pool-'));
    await cp(new URL(`../prisma/migrations/${first}`, import.meta.url), join(before, first ?? ''), { recursive: true });
    const old = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
    const target = { databaseUrl: old.databaseUrl, schema: 'tx_pool' };
    const own = openClient(old.databaseUrl);
    try {
      await applyMigrations({ ...target, directory: before });
      const { txid, hex } = submissionOf(payFee(0n, [coinOf(alice, 5n, 1)]));
      await own.$executeRaw(sql`INSERT INTO p (ordinal, txid, from_address, to_address, amount, fee, hex, received_at)
        VALUES (1, ${txid}, 'a', 'b', 5, 0, ${hex}, to_timestamp(${NOW / 1_000}::float8))`);
      await applyMigrations({ ...target, directory: migrations });
      const upgraded = createPoolWriter(own, new EventLog(own));
      await execute({ type: 'SweepPool', now: NOW + 1_209_600_000 }, upgraded);
      expect(await readPool(own)).toMatchObject([{ txid, receivedAt: NOW }]);
      await execute({ type: 'SweepPool', now: NOW + 1_209_600_001 }, upgraded);
      expect(await readPool(own)).toEqual([]);
    } finally {
      await own.$disconnect();
      await old.drop();
      await rm(before, { recursive: true });
    }
  });
});

describe('what has come back from a block', () => {
  it('waits since then, also after a restart, and expires by that', async () => {
    const chain = await followed(1);
    const [payment, returned] = [payFee(0n, [chain.reward(0)]), NOW + 2_000_000_000];
    await execute(submit(payment));
    chain.mine(bob, payment);
    await all([chain.follow(1), chain.unfollow(1, [null, NOW], returned)]);
    const restarted = openWriter();
    await execute({ type: 'SweepPool', now: returned + 1_209_600_000 }, restarted);
    expect(await readPool(client)).toMatchObject([{ txid: txidOf(payment), receivedAt: NOW }]);
    await execute({ type: 'SweepPool', now: returned + 1_209_600_001 }, openWriter());
    expect(await waiting()).toEqual([]);
  });
});

describe('replicas', () => {
  it('of two that are offered the same coin at once accept one', async () => {
    const chain = await followed(20);
    const replica = openWriter();
    await execute({ type: 'ListCandidates', query }, replica);
    const rivals = (owner: typeof bob) =>
      chain.blocks.map(({ height }) => {
        const reward = chain.reward(height);
        return submit(spend([reward], alice, [owner, reward.coin.value]));
      });
    const [ours, theirs] = await Promise.all([all(rivals(bob)), all(rivals(carol), replica)]);
    const accepted = [ours, theirs].map((replies) => replies.map((reply) => 'ok' in reply && reply.ok));
    expect(accepted[0]?.map((yes, index) => yes !== accepted[1]?.[index])).toEqual(ours.map(() => true));
    expect(await waiting()).toHaveLength(20);
    expect(await offered(replica)).toEqual(await offered());
  });

  it('that has judged on a tip that was left judges again', async () => {
    const chain = await followed(2);
    const replica = openWriter();
    await execute(submit(payFee(0n, [chain.reward(0)])), replica);
    await execute(chain.unfollow(1));
    expect(await execute(submit(payFee(0n, [chain.reward(1)])), replica)).toMatchObject({
      code: 'bad-txns-inputs-missingorspent',
    });
  });

  it('that remembers an outdated pool answers with the present one', async () => {
    const chain = await followed(2);
    const replica = openWriter();
    expect(await offered(replica)).toEqual([]);
    const payment = payFee(0n, [chain.reward(0)]);
    await execute(submit(payment));
    expect(await offered(replica)).toEqual([txidOf(payment)]);
  });
});

describe('a full pool', () => {
  it('keeps in its table what it keeps in memory', async () => {
    const chain = await followed(12);
    const small = openWriter({ ...DEFAULT_POLICY, maxPoolBytes: 1_000 });
    const payments = chain.blocks.map(({ height }) => payFee(BigInt(height) * 100n, [chain.reward(height)]));
    await all(
      payments.map((each) => submit(each)),
      small,
    );
    expect(await waiting()).toEqual(payments.slice(-5).map(txidOf));
    expect(await offered(small)).toEqual(payments.slice(-5).map(txidOf));
  });
});
