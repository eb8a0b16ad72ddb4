/**
 * Many at once, and somebody who cheats: no unit is spent twice, none is made of nothing, no accepted payment is lost,
 * and the chain stays one line.
 */
import { encodeBlock, encodeTransaction, txidOf, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import {
  eventually,
  followedLogs,
  logHeads,
  OriginalClient,
  printedSeed,
  randomOf,
  startTestStack,
  type Envelope,
  type Random,
  type TestStack,
} from '@pocket/testkit';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { blockOnTip, coinsOf, ownerAt, payment, submitBlock, submitTransaction, type Tip } from './outsider.ts';

const LOCKED = 'Pool: Your wallet is locked due to awaiting for previous transaction confirmation.';
const ADDED = 'Transaction is added to pool';
const MINED = 'Block is mined';
const UNIT = 100_000_000n;

let stack: TestStack;
let api: OriginalClient;
let random: Random;

beforeAll(async () => {
  random = randomOf(printedSeed('concurrency'));
  stack = await startTestStack({ workers: 2 });
  api = new OriginalClient(stack.url);
  return () => stack.stop();
});

async function addresses(): Promise<string[]> {
  return (await api.getWallets()).map(({ address }) => address);
}

function times<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => work(index)));
}

function countOf(answers: readonly Envelope<string>[], text: string): number {
  return answers.filter(({ data, error }) => (data ?? error) === text).length;
}

/** Ids of the ordinary transactions of all blocks, in their order. */
async function minedIds(): Promise<string[]> {
  return (await auditChain(stack)).flatMap(({ transactions }) => transactions.slice(1).map(txidOf));
}

async function validIds(): Promise<string[]> {
  return (await api.getPool()).filter(({ error }) => !error).map(({ txID }) => txID);
}

describe('parallel sends', () => {
  it('100 from one wallet: exactly one is accepted', async () => {
    await api.resetSystem();
    const [rich = '', ...others] = await addresses();
    const waiting = await validIds();
    const answers = await times(100, () => api.send(rich, random.pick(others), 1 + random.below(75)));
    expect([countOf(answers, ADDED), countOf(answers, LOCKED)]).toEqual([1, 99]);
    const rows = (await api.getPool()).slice(waiting.length);
    expect(rows.filter(({ error }) => !error)).toHaveLength(1);
    expect(rows.filter(({ txID, errorText }) => txID === 'None' && errorText === LOCKED)).toHaveLength(99);
    await api.mineBlock(rich, 10);
    expect(await validIds()).toEqual([]);
    await auditChain(stack);
  });

  it('from 50 funded wallets: all are accepted, and a block of 50 mines each once', async () => {
    await fundWallets(50);
    const sent = await sendFromAll();
    const before = await minedIds();
    expect(await api.mineBlock(sent.payers[0] ?? '', 50)).toEqual({ data: MINED, error: null });
    expect((await minedIds()).slice(before.length)).toEqual(sent.ids);
    expect(await validIds()).toEqual([]);
  });

  it('from 50 funded wallets: blocks mined in parts at once mine each once', async () => {
    const sent = await sendFromAll();
    const before = await minedIds();
    const answers = await times(8, () => api.mineBlock(sent.payers[0] ?? '', 7));
    expect(countOf(answers, MINED)).toBe(8);
    expect((await minedIds()).slice(before.length)).toEqual(sent.ids);
    expect(await validIds()).toEqual([]);
  });
});

/** New wallets, each with the reward of a block of its own, mined at once. */
async function fundWallets(count: number): Promise<void> {
  await api.resetSystem();
  const [first = ''] = await addresses();
  await api.mineBlock(first, 2);
  const created = await times(count, () => api.newWallet());
  const answers = await times(count, (index) => api.mineBlock(created[index] ?? '', 1));
  expect(countOf(answers, MINED)).toBe(count);
}

/** One send from each of the last 50 wallets, all at once; the ids are in the order of the pool. */
async function sendFromAll(): Promise<{ payers: string[]; ids: string[] }> {
  const payers = (await addresses()).slice(-50);
  const answers = await times(50, (index) => api.send(payers[index] ?? '', payers[(index + 1) % 50] ?? '', 1));
  expect(countOf(answers, ADDED)).toBe(50);
  const ids = await validIds();
  expect(new Set(ids).size).toBe(50);
  return { payers, ids };
}

describe('parallel mine_block', () => {
  it('all succeed and make one line', async () => {
    await api.resetSystem();
    const wallets = await addresses();
    const answers = await times(20, () => api.mineBlock(random.pick(wallets), 1 + random.below(3)));
    expect(countOf(answers, MINED)).toBe(20);
    expect(await auditChain(stack)).toHaveLength(30);
    expect(await validIds()).toEqual([]);
  });
});

describe('parallel resets', () => {
  it('two end in the training data', async () => {
    const answers = await times(2, () => api.resetSystem());
    expect(countOf(answers, 'System is reset')).toBe(2);
    await expectTrainingData();
  });

  it('two among sends, blocks and new wallets leave a sound chain that goes on', async () => {
    const wallets = await addresses();
    const resets = times(2, () => api.resetSystem());
    await times(20, async () => {
      await api.send(random.pick(wallets), random.pick(wallets), 1);
      await api.mineBlock(random.pick(wallets), 1);
      await api.newWallet();
    });
    expect(countOf(await resets, 'System is reset')).toBe(2);
    await eventually(() => followedLogs(stack), { withinMs: 10_000 });
    await auditChain(stack);
    await api.resetSystem();
    await expectTrainingData();
  });
});

async function expectTrainingData(): Promise<void> {
  expect((await api.getWallets()).map(({ balance }) => balance)).toEqual([75, 22, 1, 0, 0, 0, 1, 1]);
  expect(await auditChain(stack)).toHaveLength(10);
  expect(await validIds()).toHaveLength(2);
}

/** Transactions that spend what is not theirs, or more than there is; the last one is honest. */
const CHEATS: [what: string, code: string, make: (coins: Coins) => Transaction][] = [
  [
    "somebody else's coin, signed with one's own key, creating 1,000 units",
    'bad-txns-in-belowout',
    ({ theirs, cheat }) => payment([theirs], cheat, [[cheat.script, 1_000n * UNIT]]),
  ],
  [
    "somebody else's coin, signed with one's own key",
    'mandatory-script-verify-flag-failed',
    ({ theirs, cheat }) => payment([theirs], cheat, [[cheat.script, theirs.coin.value]]),
  ],
  [
    "one's own coin together with somebody else's",
    'mandatory-script-verify-flag-failed',
    ({ own, theirs, cheat }) => payment([own, theirs], cheat, [[cheat.script, own.coin.value + theirs.coin.value]]),
  ],
  [
    "one's own coin, creating one base unit",
    'bad-txns-in-belowout',
    ({ own, cheat }) => payment([own], cheat, [[cheat.script, own.coin.value + 1n]]),
  ],
  [
    "one's own coin twice",
    'bad-txns-inputs-duplicate',
    ({ own, cheat }) => payment([own, own], cheat, [[cheat.script, 2n * own.coin.value]]),
  ],
  [
    'a coin that does not exist',
    'bad-txns-inputs-missingorspent',
    ({ own, cheat }) => {
      const invented = { ...own, outpoint: { ...own.outpoint, vout: 7 } };
      return payment([invented], cheat, [[cheat.script, own.coin.value]]);
    },
  ],
  [
    "one's own coin, with a negative output",
    'bad-txns-vout-negative',
    ({ own, cheat }) =>
      payment([own], cheat, [
        [cheat.script, own.coin.value + 5n * UNIT],
        [cheat.script, -5n * UNIT],
      ]),
  ],
];

type Coins = Awaited<ReturnType<typeof findCoins>>;

/** The cheat is the wallet with 22 units; the coins of the richest one are the prey. */
async function findCoins() {
  const [first = '', second = ''] = await addresses();
  const [theirs] = await coinsOf(stack, first);
  const [own] = await coinsOf(stack, second);
  if (own === undefined || theirs === undefined) throw new Error('the training data has no such coins');
  return { own, theirs, cheat: await ownerAt(stack, second) };
}

describe('a transaction that spends', () => {
  let coins: Coins;
  let heads: Record<string, number>;
  beforeAll(async () => {
    await api.resetSystem();
    const [, second = ''] = await addresses();
    await api.mineBlock(second, 2);
    coins = await findCoins();
  });
  beforeEach(async () => {
    heads = await eventually(() => followedLogs(stack), { withinMs: 10_000 });
  });

  it.each(CHEATS)('%s is refused by the pool: %s', async (_, code, make) => {
    const answer = await submitTransaction(stack, bytesToHex(encodeTransaction(make(coins))));
    expect(answer).toMatchObject({ ok: false, code });
    expect(await logHeads(stack)).toEqual(heads);
    expect(await validIds()).toEqual([]);
  });

  it.each(CHEATS)('%s is refused by the chainstate in a block with proof of work: %s', async (_, code, make) => {
    const block = await blockOnTip(stack, coins.cheat, { transactions: [make(coins)] });
    const answer = await submitBlock(stack, block.tip, bytesToHex(encodeBlock(block.block)));
    expect(answer).toMatchObject({ status: 422, body: { code } });
    expect(await logHeads(stack)).toEqual(heads);
  });

  it('nothing, with a reward of one base unit too much, is refused by the chainstate', async () => {
    const { tip, block } = await blockOnTip(stack, coins.cheat, { transactions: [], fees: 1n });
    const answer = await submitBlock(stack, tip, bytesToHex(encodeBlock(block)));
    expect(answer).toMatchObject({ status: 422, body: { code: 'bad-cb-amount' } });
    expect(await logHeads(stack)).toEqual(heads);
  });

  it("one's own coin is accepted by the pool, and one's own block by the chainstate, once", async () => {
    const { own, cheat } = coins;
    const honest = payment([own], cheat, [[cheat.script, own.coin.value]]);
    const hex = bytesToHex(encodeTransaction(honest));
    expect(await submitTransaction(stack, hex)).toMatchObject({ ok: true, txid: txidOf(honest) });
    expect(await validIds()).toEqual([txidOf(honest)]);
    const { tip, block } = await blockOnTip(stack, cheat, { transactions: [honest] });
    const receipt = await submitBlock(stack, tip, bytesToHex(encodeBlock(block)));
    expect(receipt).toMatchObject({ status: 201, body: { height: tip.next.height } satisfies Partial<Tip['next']> });
    await eventually(async () => expect(await validIds()).toEqual([]), { withinMs: 10_000 });
    expect(await submitTransaction(stack, hex)).toMatchObject({ ok: false, code: 'txn-already-known' });
    await auditChain(stack);
  });
});

describe('in the end', () => {
  it('every log has been followed to its head', async () => {
    await eventually(() => followedLogs(stack), { withinMs: 10_000 });
  });
});
