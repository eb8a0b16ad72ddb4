/**
 * The chain on a real Postgres: reorganizations of any depth leave exactly the coins that a fresh node with the same
 * blocks has, in steps of any size, also when the process dies between two of them and where two replicas write.
 */
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { blockHashOf, encodeBlock, networks, txidOf, type Block, type NamedCoin } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { applyMigrations, EventLog } from '@pocket/eventstore';
import { contextOfOwn } from '@pocket/service-kit';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { GENESIS_TIME, mineOn, ownerOf, spend, tipOf, type Owner } from '@pocket/testkit/builders';
import { execute, settle, submitBlock, type ChainParts } from '../src/chain.ts';
import { readBlocks, readCoins, readInfo, readTip, readTipOf, readTips } from '../src/queries.ts';
import { createChainWriter, openClient, type PrismaClient, type RememberedChain } from '../src/store.ts';
import { waitingBlocks } from '../src/waiting.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const genesis = mineOn(undefined, alice);
const migrations = new URL('../prisma/migrations', import.meta.url);
const logger = pino({ level: 'silent' });

type Database = Awaited<ReturnType<typeof createDatabase>>;
type Replica = ChainParts & { client: PrismaClient; log: EventLog; remembered: RememberedChain };
const open: { database: Database; parts: Replica }[] = [];
let node: Replica;
let databaseUrl: string;

/** A writer of its own on a database: another process as far as the database can tell. */
function replicaOn(url: string, maxStepBytes = 32_000_000): Replica {
  const client = openClient(url);
  const log = new EventLog(client);
  const { writer, remembered } = createChainWriter(client, log, maxStepBytes);
  return { client, log, remembered, waiting: waitingBlocks(client), writer, logger, now: () => NOW };
}

const NOW = GENESIS_TIME + 1_000_000;

async function newNode(): Promise<Replica> {
  const database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  await applyMigrations({ databaseUrl: database.databaseUrl, schema: 'chainstate', directory: migrations });
  const parts = replicaOn(database.databaseUrl);
  open.push({ database, parts });
  databaseUrl = database.databaseUrl;
  const start = { type: 'StartChain', chainId: 'chain-1', network: networks.pocket, onlyFirst: true } as const;
  await execute(parts, contextOfOwn(), start);
  return parts;
}

beforeEach(async () => {
  node = await newNode();
});
afterEach(async () => {
  for (const { database, parts } of open.splice(0)) {
    await parts.client.$disconnect();
    await database.drop();
  }
});

function submit(block: Block, to = node) {
  const hex = bytesToHex(encodeBlock(block));
  const command = { type: 'SubmitBlock', block, hex, chainId: undefined, firstSeen: [], onlyOnTip: false } as const;
  return submitBlock(to, contextOfOwn(), { ...command, now: NOW });
}

async function submitAll(blocks: readonly Block[], to = node): Promise<void> {
  for (const block of blocks) expect(await submit(block, to)).toMatchObject({ ok: true });
}

/** Blocks on top of `parent` at `height`; every one spends the coin that the last one paid its owner. */
function branch(parent: Block, height: number, owner: Owner, length: number): Block[] {
  const blocks: Block[] = [];
  let coin: NamedCoin | undefined;
  for (let below = parent; blocks.length < length;) {
    const at = height + blocks.length;
    const payments =
      coin === undefined ? [] : [spend([coin], owner, [ownerOf(3), 300_000_000n], [owner, 700_000_000n])];
    const block = mineOn(tipOf(below, at), owner, ...payments);
    coin = rewardOf(block, at + 1);
    blocks.push(block);
    below = block;
  }
  return blocks;
}

function rewardOf(block: Block, height: number): NamedCoin {
  const [coinbase] = block.transactions;
  const [output] = coinbase?.outputs ?? [];
  if (coinbase === undefined || output === undefined) throw new Error('a block without a reward');
  return { outpoint: { txid: txidOf(coinbase), vout: 0 }, coin: { ...output, height, coinbase: true } };
}

/** Everything a reader can see, but for what tells when a block came. What is remembered is what the tables say. */
async function viewOf({ client, log, remembered }: Replica) {
  expect(await readTipOf(client, log, remembered)).toEqual(await readTip(client));
  const [info, blocks, coins] = await Promise.all([readInfo(client), readBlocks(client), readCoins(client)]);
  return { info, blocks, coins };
}

/** What a node sees that was given these blocks and no others. */
async function viewOfFresh(blocks: readonly Block[]) {
  const fresh = await newNode();
  await submitAll(blocks, fresh);
  return viewOf(fresh);
}

describe('a reorganization', () => {
  it.each([1, 2, 10, 100])('of depth %i leaves what a fresh node has, and back again', async (depth) => {
    const losing = branch(genesis, 0, alice, depth);
    const winning = branch(genesis, 0, bob, depth + 1);
    await submitAll([genesis, ...losing]);
    await submitAll(winning);
    expect(await viewOf(node)).toEqual(await viewOfFresh([genesis, ...winning]));
    const again = branch(losing.at(-1) ?? genesis, depth, alice, 2);
    await submitAll(again);
    expect(await viewOf(node)).toEqual(await viewOfFresh([genesis, ...losing, ...again]));
  });

  it('in steps of one block each leaves the same', async () => {
    const small = replicaOn(databaseUrl, 1);
    const [losing, winning] = [branch(genesis, 0, alice, 5), branch(genesis, 0, bob, 6)];
    await submitAll([genesis, ...losing, ...winning], small);
    await small.client.$disconnect();
    expect(await viewOf(node)).toEqual(await viewOfFresh([genesis, ...winning]));
  });

  it('that stopped between two steps is finished by whoever comes next', async () => {
    const dying = replicaOn(databaseUrl, 1);
    const [losing, winning] = [branch(genesis, 0, alice, 4), branch(genesis, 0, bob, 5)];
    await submitAll([genesis, ...losing, ...winning.slice(0, 4)], dying);
    const last = winning[4] as Block;
    const hex = bytesToHex(encodeBlock(last));
    const command = {
      type: 'SubmitBlock',
      block: last,
      hex,
      chainId: undefined,
      firstSeen: [],
      onlyOnTip: false,
    } as const;
    await dying.writer.execute({ ...command, now: NOW }, contextOfOwn().metadata);
    for (let step = 0; step < 3; step++) await dying.writer.execute({ type: 'ActivateBest' }, contextOfOwn().metadata);
    await dying.client.$disconnect();
    expect((await readTip(node.client))?.tip.height).toBe(1);
    await settle(node, contextOfOwn());
    expect(await viewOf(node)).toEqual(await viewOfFresh([genesis, ...winning]));
  });

  it('by two replicas in turn leaves the same', async () => {
    const other = replicaOn(databaseUrl);
    const [losing, winning] = [branch(genesis, 0, alice, 6), branch(genesis, 0, bob, 7)];
    const both = [node, other];
    for (const [index, block] of [genesis, ...losing, ...winning].entries())
      await submitAll([block], both[index % 2] ?? node);
    await other.client.$disconnect();
    expect(await viewOf(node)).toEqual(await viewOfFresh([genesis, ...winning]));
  });
});

describe('a restart', () => {
  it('finds the branches, the invalid blocks and the order of arrival again', async () => {
    const [first, second] = [branch(genesis, 0, alice, 2), branch(genesis, 0, bob, 3)];
    await submitAll([genesis, ...first, ...second]);
    await execute(node, contextOfOwn(), {
      type: 'InvalidateBlock',
      blockHash: blockHashOf((second[1] as Block).header),
    });
    const tips = await readTips(node.client);
    const restarted = replicaOn(databaseUrl);
    expect(await submit(second[2] as Block, restarted)).toMatchObject({ ok: false, code: 'duplicate-invalid' });
    expect(await submit(second[0] as Block, restarted)).toMatchObject({ ok: true, onBestChain: false, height: 1 });
    expect(await readTips(restarted.client)).toEqual(tips);
    await restarted.client.$disconnect();
  });
});

describe('the tips', () => {
  it('are told as getchaintips tells them', async () => {
    const [first, second, third] = [
      branch(genesis, 0, alice, 3),
      branch(genesis, 0, bob, 2),
      branch(genesis, 0, ownerOf(3), 1),
    ];
    await submitAll([genesis, ...second, ...third, ...first]);
    const hash = (block: Block | undefined) => (block === undefined ? '' : blockHashOf(block.header));
    expect(await readTips(node.client)).toEqual([
      { height: 3, hash: hash(first[2]), branchlen: 0, status: 'active' },
      { height: 2, hash: hash(second[1]), branchlen: 2, status: 'valid-fork' },
      { height: 1, hash: hash(third[0]), branchlen: 1, status: 'valid-headers' },
    ]);
    await execute(node, contextOfOwn(), {
      type: 'InvalidateBlock',
      blockHash: blockHashOf((second[0] as Block).header),
    });
    expect((await readTips(node.client))[1]).toMatchObject({ branchlen: 2, status: 'invalid' });
  });
});

describe('the tip', () => {
  it('is told from memory until another replica writes, and then from the tables', async () => {
    const other = replicaOn(databaseUrl);
    const noTables = new Proxy(node.client, {
      get: () => {
        throw new Error('the tables are asked');
      },
    });
    const [first, second] = branch(genesis, 0, alice, 2) as [Block, Block];
    await submitAll([genesis, first]);
    const told = await readTipOf(noTables, node.log, node.remembered);
    expect(told).toEqual(await readTip(node.client));
    expect(told?.tip).toMatchObject({ height: 1, next: { height: 2, previousBlockHash: blockHashOf(first.header) } });
    await submitAll([second], other);
    await expect(readTipOf(noTables, node.log, node.remembered)).rejects.toThrow('the tables are asked');
    expect((await readTipOf(node.client, node.log, node.remembered))?.tip.height).toBe(2);
    await other.client.$disconnect();
  });
});

describe('a block whose parent is unknown', () => {
  it('waits, and joins with all that wait for it when the parent comes', async () => {
    const [first, second, third] = branch(genesis, 0, alice, 3) as [Block, Block, Block];
    await submitAll([genesis]);
    expect(await submit(third)).toMatchObject({ ok: true, height: null, waitsFor: blockHashOf(second.header) });
    expect(await submit(second)).toMatchObject({ ok: true, height: null, waitsFor: blockHashOf(first.header) });
    expect((await readTip(node.client))?.tip.height).toBe(0);
    expect(await submit(first)).toMatchObject({ ok: true, height: 1, onBestChain: true });
    expect(await viewOf(node)).toEqual(await viewOfFresh([genesis, first, second, third]));
    expect(await node.client.waitingBlock.count()).toBe(0);
  });

  it('makes room for newer ones when there are more than a hundred', async () => {
    await submitAll([genesis]);
    const [first, ...others] = branch(genesis, 0, alice, 103) as [Block, ...Block[]];
    for (const block of others) await submit(block);
    expect(await node.client.waitingBlock.count()).toBe(100);
    await submitAll([first]);
    expect((await readTip(node.client))?.tip.height).toBe(1);
  });
});

describe('a block that spends an output no transaction can have', () => {
  it.each([0x7fffffff, 0x80000000, 0xffffffff])('number %i is refused like any other missing one', async (vout) => {
    await submitAll([genesis]);
    const coin = rewardOf(genesis, 0);
    const block = mineOn(tipOf(genesis, 0), alice, spend([{ ...coin, outpoint: { ...coin.outpoint, vout } }], alice));
    expect(await submit(block)).toMatchObject({ ok: false, code: 'bad-txns-vout-empty' });
    const paying = spend([{ ...coin, outpoint: { ...coin.outpoint, vout } }], alice, [bob, 1n]);
    expect(await submit(mineOn(tipOf(genesis, 0), alice, paying))).toMatchObject({
      ok: false,
      code: 'bad-txns-inputs-missingorspent',
    });
  });
});

describe('the supply', () => {
  it('is what the subsidies were, whatever the miners left', async () => {
    const blocks = branch(genesis, 0, alice, 4);
    await submitAll([genesis, ...blocks]);
    const info = await readInfo(node.client);
    expect(info).toMatchObject({ height: 4, totalAmount: '5000000000', subsidies: '5000000000', unclaimed: '0' });
    expect(info?.unspentOutputs).toBe(8);
  });
});
