/**
 * Really heavier chains from outside, against the whole system: what the losing branch had confirmed waits again or
 * fails, wallets are locked and freed with it, every table follows exactly, and a process that dies in the middle changes
 * nothing of it.
 */
import { encodeTransaction, transactionSize, txidOf, type NamedCoin, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { eventually, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { ownerOf } from '@pocket/testkit/builders';
import { branch, type BranchPoint, type PlacedBlock } from '@pocket/testkit/consensus';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditChain, readRawBlocks } from './chain-audit.ts';
import { NodeClient } from './node-client.ts';
import { coinsOf, ownerAt, payment } from './outsider.ts';

const WITHIN_MS = 30_000;
const UNIT = 100_000_000n;

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
let salt = 0;

beforeAll(async () => {
  // Every block is a step of its own, so that a process can die between two of them.
  // The pool is full with some fifteen payments.
  const settings = { POCKET_REORG_STEP_BYTES: '1', POCKET_MAX_POOL_BYTES: '3000' } as const;
  stack = await startTestStack({ settings });
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  return () => stack.stop();
});
beforeEach(async () => {
  expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
});

/** A block of the best chain, so many below the tip, as a place to build on. */
async function below(depth: number): Promise<BranchPoint> {
  const blocks = await readRawBlocks(stack);
  const { blockHash, height, hex } = blocks[blocks.length - 1 - depth] ?? { blockHash: '', height: 0, hex: '' };
  const time = Buffer.from(hex, 'hex').readUInt32LE(68);
  return { blockHash: blockHash as BranchPoint['blockHash'], height, time };
}

/** Blocks that fork off so many below the tip and are one more than it takes to tie. */
async function rivals(depth: number, transactions: PlacedBlock['block']['transactions'] = []): Promise<PlacedBlock[]> {
  const from = await below(depth);
  const inFirst = (height: number) =>
    height === from.height + 1 ? transactions.map((transaction) => ({ transaction, fee: 0n })) : [];
  return branch(from, depth + 1, { owner: ownerOf(99), salt: ++salt, transactions: inFirst });
}

async function submitAll(blocks: readonly PlacedBlock[]): Promise<void> {
  for (const { hex } of blocks) expect(await node.submitBlock(hex)).toMatchObject({ status: 201 });
}

const addresses = async () => (await api.getWallets()).map(({ address }) => address);
const balances = async () => (await api.getWallets()).map(({ balance }) => balance);
const waiting = async () => (await api.getPool()).filter(({ error }) => !error).map(({ txID }) => txID);
const followed = () => eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });

/** Asked past the gateway, which would wait for what it has written. */
async function lockedWallets(): Promise<string[]> {
  await followed();
  const wallets = (await (await fetch(`${stack.urlOf('wallet')}/wallets`)).json()) as {
    address: string;
    locked: boolean;
  }[];
  return wallets.filter(({ locked }) => locked).map(({ address }) => address);
}

describe('a heavier chain', () => {
  it('takes a confirmed payment back into the pool, locks its wallet, and unconfirms its coins', async () => {
    const [first = '', second = ''] = await addresses();
    await api.mineBlock(first, 100);
    const before = await balances();
    expect(await api.send(first, second, 5)).toMatchObject({ error: null });
    const [txid = ''] = await waiting();
    await api.mineBlock(first, 100);
    expect(await waiting()).toEqual([]);
    await submitAll(await rivals(1));
    expect(await waiting()).toEqual([txid]);
    expect(await lockedWallets()).toEqual([first]);
    expect(await balances()).toEqual(before);
    expect((await api.send(first, second, 1)).error).toMatch(/^Pool: Your wallet is locked/);
    expect(await api.mineBlock(second, 100)).toMatchObject({ error: null });
    expect(await lockedWallets()).toEqual([]);
    expect(await waiting()).toEqual([]);
    await auditChain(stack);
  });

  it('that holds the same payment confirms it again and changes no balance of it', async () => {
    const [first = '', second = ''] = await addresses();
    await api.mineBlock(first, 100);
    const owner = await ownerAt(stack, first);
    const [coin] = await coinsOf(stack, first);
    const to = await ownerAt(stack, second);
    if (coin === undefined) throw new Error('the first wallet owns no coin');
    const pays = payment([coin], owner, [[to.script, coin.coin.value]]);
    expect(await node.submitTransaction(hexOf(pays))).toMatchObject({ status: 201 });
    const before = await balances();
    await api.mineBlock(second, 100);
    await submitAll(await rivals(1, [pays]));
    expect(await waiting()).toEqual([]);
    const after = await balances();
    expect(after[0]).toBe((before[0] ?? 0) - Number(coin.coin.value / UNIT));
    expect(after[1]).toBe((before[1] ?? 0) + Number(coin.coin.value / UNIT));
    await auditChain(stack);
  });

  it('that spends the same coin otherwise fails the payment and frees its wallet', async () => {
    const [first = '', second = ''] = await addresses();
    await api.mineBlock(first, 100);
    const owner = await ownerAt(stack, first);
    const coins = await coinsOf(stack, first);
    const total = coins.reduce((sum, { coin }) => sum + coin.value, 0n);
    const everything = payment(coins, owner, [[owner.script, total]]);
    expect(await api.send(first, second, 5)).toMatchObject({ error: null });
    await api.mineBlock(second, 100);
    await submitAll(await rivals(1, [everything]));
    await followed();
    expect(await waiting()).toEqual([]);
    expect(await lockedWallets()).toEqual([]);
    expect(await balances()).toContain(Number(total / UNIT));
    expect((await api.getPool()).filter(({ error }) => error)).toHaveLength(1);
    await auditChain(stack);
  });

  it.each([2, 10])('of depth %i wins and loses again, and everything is as before', async (depth) => {
    const [first = ''] = await addresses();
    for (let count = 0; count < depth; count++) await api.mineBlock(first, 100);
    const [before, money] = [await node.info(), await balances()];
    const fork = await below(depth);
    const winning = await rivals(depth);
    await submitAll(winning);
    expect(await node.info()).toMatchObject({ blockHash: winning.at(-1)?.blockHash, height: fork.height + depth + 1 });
    expect((await node.tips()).map(({ status }) => status)).toEqual(['active', 'valid-fork']);
    const lost = (await node.tips())[1]?.hash ?? '';
    expect(lost).toBe(before.blockHash);
    expect(await node.operate('invalidate', winning[0]?.blockHash ?? '')).toMatchObject({ body: { hash: lost } });
    expect(await node.info()).toEqual(before);
    expect(await balances()).toEqual(money);
    expect(await node.operate('reconsider', winning[0]?.blockHash ?? '')).toMatchObject({
      body: { hash: winning.at(-1)?.blockHash },
    });
    await auditChain(stack);
  });
});

describe('a full pool', () => {
  it('takes back of the losing branch what pays best, and keeps its bound', async () => {
    const [first = '', second = ''] = await addresses();
    await api.mineBlock(first, 100);
    const owner = await ownerAt(stack, first);
    const [coin] = await coinsOf(stack, first);
    if (coin === undefined) throw new Error('the first wallet owns no coin');
    const each = coin.coin.value / 20n;
    const fan = payment(
      [coin],
      owner,
      Array.from({ length: 20 }, () => [owner.script, each] as const),
    );
    await submitAll(await rivals(0, [fan]));
    const small = (await coinsOf(stack, first)).filter(({ coin: { value } }) => value === each);
    const paying = (fee: bigint) => (one: NamedCoin) => payment([one], owner, [[owner.script, each - fee]]);
    const [cheap, dear] = [small.slice(0, 10).map(paying(200n)), small.slice(10).map(paying(2_000n))];
    expect((await node.submitTransactions(cheap.map(hexOf))).body.map(({ status }) => status)).toEqual(
      cheap.map(() => 201),
    );
    await api.mineBlock(second, 100);
    expect((await node.submitTransactions(dear.map(hexOf))).body.map(({ status }) => status)).toEqual(
      dear.map(() => 201),
    );
    await submitAll(await rivals(1));
    const left = await waiting();
    expect(left).toEqual(expect.arrayContaining(dear.map(txidOf)));
    const returned = cheap.map(txidOf).filter((txid) => left.includes(txid));
    expect(returned.length).toBeGreaterThan(0);
    expect(returned.length).toBeLessThan(cheap.length);
    expect(sizeOf(dear) + sizeOf(cheap.slice(0, returned.length))).toBeLessThanOrEqual(3_000);
    expect(left).toHaveLength(dear.length + returned.length);
    await auditChain(stack);
  });
});

const hexOf = (transaction: Transaction): string => bytesToHex(encodeTransaction(transaction));
const sizeOf = (transactions: readonly Transaction[]): number =>
  transactions.reduce((sum, transaction) => sum + transactionSize(transaction), 0);

describe('a chainstate killed in the middle of a reorganization', () => {
  it('is on the heavier chain when it is back, and everybody with it', async () => {
    const [first = ''] = await addresses();
    for (let count = 0; count < 60; count++) await api.mineBlock(first, 100);
    const winning = await rivals(60);
    const last = winning.at(-1);
    if (last === undefined) throw new Error('there is no heavier chain');
    await submitAll(winning.slice(0, -1));
    const { blockHash: tip } = await node.info();
    const unanswered = node.submitBlock(last.hex).catch(() => undefined);
    await eventually(async () => expect((await node.info()).blockHash).not.toBe(tip), { withinMs: WITHIN_MS });
    await stack.process('chainstate').kill('SIGKILL');
    await unanswered;
    await stack.process('chainstate').start();
    expect((await node.info()).blockHash).toBe(last.blockHash);
    await followed();
    // The two payments of the training data were confirmed by the branch that lost.
    expect([await waiting(), await lockedWallets()].map(({ length }) => length)).toEqual([2, 2]);
    expect(await api.mineBlock(first, 100)).toMatchObject({ error: null });
    expect([await waiting(), await lockedWallets()]).toEqual([[], []]);
    await auditChain(stack);
  });
});
