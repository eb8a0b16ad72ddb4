/**
 * Wallets on a real Postgres: the read models follow payments and blocks exactly, over reorganizations too, whether
 * events come one by one or many in one commit. A chain of really mined blocks in memory says what is right.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  CoinView,
  connectBlock,
  decodeTransaction,
  disconnectBlock,
  networks,
  outpointKey,
  txidOf,
  type Coin,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { applyMigrations, ConflictError, EventLog, type CheckpointMove } from '@pocket/eventstore';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { mineOn, ownerOf, spend, tipOf, type Owner } from '@pocket/testkit/builders';
import type { FollowBlock, FollowStart, Pay, UnfollowBlock, WalletCommand } from '../src/domain/decide.ts';
import { createKeyVault } from '../src/key-vault.ts';
import { handedOver, readWallet, readWallets } from '../src/queries.ts';
import { createWalletWriter, openClient, type PrismaClient, type WalletWriter } from '../src/store.ts';

const [alice, bob, stranger, rival] = [ownerOf(1), ownerOf(2), ownerOf(3), ownerOf(4)];
const vault = createKeyVault(new Uint8Array(32).fill(7));
const metadata = { correlationId: 'test', causationId: null, traceparent: null };
const migrations = new URL('../prisma/migrations', import.meta.url);
const REWARD = 1_000_000_000n;
const startOf = (chainId: string) => ({
  type: 'FollowStart' as const,
  position: 1,
  chainId,
  network: 'pocket',
  coinbaseMaturity: 0,
});

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: PrismaClient;
let log: EventLog;
let writer: WalletWriter;
let chain: ReturnType<typeof newChain>;

beforeEach(async () => {
  database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  await migrate(migrations);
  client = openClient(database.databaseUrl);
  log = new EventLog(client);
  writer = createWalletWriter(client, log, vault);
  chain = newChain();
  await Promise.all([alice, bob].map(create));
});
afterEach(async () => {
  await client.$disconnect();
  await database.drop();
});

const migrate = (directory: URL) => applyMigrations({ databaseUrl: database.databaseUrl, schema: 'wallet', directory });

/** A chain in memory: each call says what the wallet must follow. */
function newChain() {
  const coins = new CoinView();
  const blocks: Omit<FollowBlock, 'type'>[] = [];
  let position = 1;
  const mine = (miner: Owner, ...transactions: Transaction[]): FollowBlock => {
    const height = blocks.length;
    const below = blocks.at(-1);
    const block = mineOn(below && tipOf(below.block, height - 1), miner, ...transactions);
    const connected = connectBlock(coins, block, height, networks.pocket);
    if (!connected.ok) throw new Error(connected.message);
    const { blockHash } = tipOf(block, height);
    blocks.push({
      blockHash,
      height,
      txids: transactions.map(txidOf),
      block,
      undo: connected.undo,
      position: ++position,
    });
    return { type: 'FollowBlock', ...(blocks.at(-1) as (typeof blocks)[number]) };
  };
  const drop = (): UnfollowBlock => {
    const top = blocks.pop();
    if (top === undefined) throw new Error('there is no block to take off');
    disconnectBlock(coins, top.block, top.undo);
    return { type: 'UnfollowBlock', ...top };
  };
  return { coins, blocks, mine, drop };
}

const execute = async (command: WalletCommand) => (await writer.execute(command, metadata)).reply;
/** As the subscription does it: with the checkpoint's move, by which a memory is known to be of now. */
async function follow(command: FollowStart | FollowBlock | UnfollowBlock, by: WalletWriter = writer) {
  const place = { consumer: 'wallet', source: 'chainstate' };
  const from = await log.createCheckpoint(place.consumer, place.source, LOG_ID);
  const to = from + 1;
  return by.execute({ ...command, position: to }, metadata, { ...place, from, to });
}
/** All in one turn, so in one commit where the writer lets them share. */
const together = (...commands: WalletCommand[]) => Promise.all(commands.map(execute));

function create({ address, publicKey, privateKey }: Owner) {
  return execute({ type: 'CreateWallet', address, publicKey, encryptedKey: vault.encrypt(privateKey, address) });
}

const payment = (amount: bigint, changes: Partial<Pay> = {}): Pay => ({
  type: 'Pay',
  paymentId: crypto.randomUUID(),
  from: alice.address,
  to: bob.address,
  amount,
  ...changes,
});
const pay = (amount: bigint, changes: Partial<Pay> = {}) => execute(payment(amount, changes));
const paid = async (amount: bigint, changes: Partial<Pay> = {}) => transactionOf(await pay(amount, changes));
const failing = (transaction: Transaction): WalletCommand => ({
  type: 'FailPayment',
  txid: txidOf(transaction),
  reason: { code: 'conflict', message: 'a block has spent its coins' },
});

function transactionOf(reply: Awaited<ReturnType<typeof pay>>): Transaction {
  if (!reply.ok || reply.payment === undefined) throw new Error('the payment was not signed');
  const decoded = decodeTransaction(hexToBytes(reply.payment.hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.transaction;
}

const balances = async () => (await readWallets(client, vault, false)).map(({ balance }) => BigInt(balance));
const locks = async () => (await readWallets(client, vault, false)).map(({ locked }) => locked);
const statusOf = async (transaction: Transaction) =>
  (await client.payment.findUnique({ where: { txid: txidOf(transaction) } }))?.status;
const types = async () => (await log.read(0)).map(({ type }) => type).filter((type) => type !== 'WalletCreated');

const shown = (key: string, { value, height, coinbase, scriptPubKey }: Coin): string =>
  [key, value, height, coinbase, bytesToHex(scriptPubKey)].join(' ');

/** The tables hold what the chain says: these wallets' coins with their heights, and the sums. */
async function expectWhatTheChainSays(): Promise<void> {
  const rightful = [alice, bob].map(({ script }) =>
    [...chain.coins.entries()].filter(({ coin }) => bytesToHex(coin.scriptPubKey) === bytesToHex(script)),
  );
  const rows = await client.coin.findMany();
  expect(rows.map((row) => shown(`${row.txid}:${row.vout}`, row)).sort()).toEqual(
    rightful
      .flat()
      .map(({ outpoint, coin }) => shown(outpointKey(outpoint), coin))
      .sort(),
  );
  expect(await balances()).toEqual(rightful.map((coins) => coins.reduce((sum, { coin }) => sum + coin.value, 0n)));
}

/** Every stream counts 1, 2, 3, … and the wallets know their last version. */
async function expectWholeStreams(): Promise<void> {
  const streams = await client.event.groupBy({ by: ['stream'], _max: { version: true }, _count: true });
  expect(streams.filter(({ _max, _count }) => _max.version !== _count)).toEqual([]);
  const versions = new Map(streams.map(({ stream, _max }) => [stream, _max.version]));
  const wallets = await client.wallet.findMany();
  expect(wallets.map(({ version }) => version)).toEqual(
    wallets.map(({ address }) => versions.get(`wallet-${address}`)),
  );
}

describe('wallets', () => {
  it('are listed in the order of their making, with keys only where they are revealed', async () => {
    const hidden = await readWallets(client, vault, false);
    expect(hidden.map(({ address, privateKey }) => [address, privateKey])).toEqual([
      [alice.address, null],
      [bob.address, null],
    ]);
    const revealed = await readWallets(client, vault, true);
    expect(revealed.map(({ privateKey }) => BigInt(`0x${privateKey ?? ''}`))).toEqual([1n, 2n]);
  });

  it('own what blocks bring them, pay, wait, and are free again', async () => {
    await execute(chain.mine(alice));
    expect(await balances()).toEqual([REWARD, 0n]);
    const transaction = await paid(3n);
    expect(await locks()).toEqual([true, false]);
    expect(await readWallet(client, vault, alice.address)).toMatchObject({ locked: true });
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'wallet-locked' });
    await execute(chain.mine(stranger, transaction));
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([false, false]);
    expect(await statusOf(transaction)).toBe('confirmed');
    expect(await pay(REWARD - 3n)).toMatchObject({ ok: true });
  });

  it('pay with the coins that a block leaves them, also when both arrive at once', async () => {
    await execute(chain.mine(alice));
    const first = await paid(3n);
    const [, reply] = await together(chain.mine(stranger, first), payment(1n));
    expect(transactionOf(reply as Awaited<ReturnType<typeof pay>>).inputs.map(({ prevout }) => prevout)).toEqual([
      { txid: txidOf(first), vout: 1 },
    ]);
  });

  it('of a hundred payments at once sign exactly one', async () => {
    await together(chain.mine(alice), chain.mine(alice), chain.mine(alice));
    const replies = await Promise.all(Array.from({ length: 100 }, () => pay(1n)));
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('find more than their largest coins where these do not suffice', async () => {
    await together(...Array.from({ length: 20 }, () => chain.mine(alice)));
    expect((await paid(20n * REWARD)).inputs).toHaveLength(20);
    expect(await pay(1n, { from: bob.address, to: alice.address })).toMatchObject({ code: 'insufficient-funds' });
  });

  it('whose key is not here can be paid and cannot pay, now or from memory', async () => {
    await execute(chain.mine(alice));
    await client.key.delete({ where: { address: alice.address } });
    const refusal = { ok: false, code: 'watch-only-wallet' };
    expect(await pay(1n)).toMatchObject(refusal);
    expect(await pay(1n)).toMatchObject(refusal);
    await execute(chain.mine(alice));
    expect(await balances()).toEqual([2n * REWARD, 0n]);
  });

  it('that fail a payment while another of theirs is made keep their means', async () => {
    await execute(chain.mine(alice));
    const first = await paid(3n);
    await execute(failing(first));
    expect(await pay(REWARD)).toMatchObject({ ok: true });
  });

  it('lose coins, balances and all payments when the chain begins anew, and keep their keys', async () => {
    await execute(chain.mine(alice));
    const waiting = await paid(3n);
    await together(chain.mine(bob, waiting), chain.drop());
    await execute(startOf(crypto.randomUUID()));
    expect(await balances()).toEqual([0n, 0n]);
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'insufficient-funds' });
    expect(await Promise.all([client.payment.count(), client.coin.count(), client.key.count()])).toEqual([0, 0, 2]);
    await expectWholeStreams();
  });

  it('are forgotten with their keys, and what they waited for with them', async () => {
    await execute(chain.mine(alice));
    const waiting = await paid(3n);
    await execute({ type: 'ForgetWallets', requestId: 'last' });
    await execute(chain.mine(stranger, waiting));
    expect(await readWallets(client, vault, true)).toEqual([]);
    expect(await Promise.all([client.payment.count(), client.coin.count(), client.key.count()])).toEqual([0, 0, 0]);
    expect((await types()).at(-1)).toBe('WalletsForgotten');
  });

  it('lose coins that a stranger with the same key spends, and are free once the pool has dropped their payment', async () => {
    await execute(chain.mine(alice));
    const mine = await paid(3n);
    const theirs = spend([...chain.coins.entries()], alice, [stranger, REWARD]);
    await execute(chain.mine(stranger, theirs));
    expect(await balances()).toEqual([0n, 0n]);
    expect(await locks()).toEqual([true, false]);
    await execute(failing(mine));
    expect(await locks()).toEqual([false, false]);
    expect(await statusOf(mine)).toBe('failed');
  });
});

describe('a payment that failed', () => {
  it('may be made again, to the same transaction, and is handed over again', async () => {
    await execute(chain.mine(alice));
    const first = await paid(3n);
    await execute(failing(first));
    await client.payment.updateMany({ data: { accepted: true } });
    const second = payment(3n);
    expect(transactionOf(await execute(second))).toEqual(first);
    expect(await client.payment.findMany()).toMatchObject([
      { paymentId: second.paymentId, status: 'waiting', accepted: false },
    ]);
    expect(await locks()).toEqual([true, false]);
  });

  it('is confirmed where a block holds it after all', async () => {
    await execute(chain.mine(alice));
    const transaction = await paid(3n);
    await execute(failing(transaction));
    const follow = chain.mine(stranger, transaction);
    // What memory does not know is a conflict first; the subscription then tries again.
    await log.createCheckpoint('wallet', 'chainstate', LOG_ID);
    await expect(writer.execute(follow, metadata, move(0))).rejects.toThrow(ConflictError);
    await writer.execute(follow, metadata, move(0));
    expect(await types()).toEqual(['PaymentSigned', 'PaymentFailed', 'PaymentConfirmed']);
    expect(await statusOf(transaction)).toBe('confirmed');
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });
});

const LOG_ID = '00000000-0000-4000-8000-000000000001';
const move = (from: number): CheckpointMove => ({ consumer: 'wallet', source: 'chainstate', from, to: from + 1 });

describe('a reorganization', () => {
  it('of one block lets its payment wait again, until the other branch confirms it at another height', async () => {
    await execute(chain.mine(alice));
    const transaction = await paid(3n);
    await execute(chain.mine(bob, transaction));
    await execute(chain.drop());
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([true, false]);
    await execute(chain.mine(rival));
    const confirming = chain.mine(rival, transaction);
    await execute(confirming);
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([false, false]);
    expect(await types()).toEqual(['PaymentSigned', 'PaymentConfirmed', 'PaymentUnconfirmed', 'PaymentConfirmed']);
    const { blockHash, height } = confirming;
    expect(await client.payment.findMany()).toMatchObject([{ status: 'confirmed', blockHash, height: 2 }]);
    expect(height).toBe(2);
    await expectWholeStreams();
  });

  it('of three blocks takes everything back exactly, in one commit', async () => {
    await together(chain.mine(alice), chain.mine(bob));
    const before = await tables();
    const transactions: Transaction[] = [];
    for (const amount of [3n, 5n, 7n]) {
      transactions.push(await paid(amount));
      await execute(chain.mine(stranger, transactions.at(-1) as Transaction));
    }
    await together(chain.drop(), chain.drop(), chain.drop());
    expect(await tables()).toEqual(before);
    expect(await locks()).toEqual([true, false]);
    expect(await Promise.all(transactions.map(statusOf))).toEqual(['waiting', 'waiting', 'waiting']);
    await together(chain.mine(rival), chain.mine(rival, ...transactions), chain.mine(rival), chain.mine(rival));
    expect(await locks()).toEqual([false, false]);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('to and fro in one commit counts every step and writes the end', async () => {
    await execute(chain.mine(alice));
    const transaction = await paid(3n);
    const first = chain.mine(stranger, transaction);
    const steps = [first, chain.drop(), chain.mine(rival), chain.drop(), chain.mine(stranger, transaction)];
    const [reference] = await Promise.all([log.head(), together(...steps)]);
    expect(await types()).toEqual(['PaymentSigned', 'PaymentConfirmed', 'PaymentUnconfirmed', 'PaymentConfirmed']);
    expect((await log.head()).position).toBe(reference.position + 3);
    expect(await client.payment.findMany()).toMatchObject([{ status: 'confirmed', height: 1 }]);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('that leaves two payments waiting keeps the wallet locked until neither does', async () => {
    await together(chain.mine(alice), chain.mine(alice));
    const first = await paid(3n);
    await execute(chain.mine(stranger, first));
    const second = await paid(5n);
    await execute(chain.drop());
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'wallet-locked' });
    await execute(failing(second));
    expect(await locks()).toEqual([true, false]);
    await execute(chain.mine(rival, first));
    expect(await locks()).toEqual([false, false]);
    expect(await pay(1n)).toMatchObject({ ok: true });
    await expectWholeStreams();
  });

  it('gives its payments to the hand-over again, in the order of their making, and nothing that is settled', async () => {
    await together(chain.mine(alice), chain.mine(bob));
    const first = await paid(3n);
    await execute(chain.mine(stranger, first));
    const second = await paid(4n);
    await execute(chain.mine(stranger, second));
    await execute(failing(await paid(1n, { from: bob.address, to: alice.address })));
    await client.payment.updateMany({ data: { accepted: true } });
    const unaccepted = async () =>
      (await handedOver(client).missing(new Date(Date.now() + 60_000))).map(({ txid }) => txid);
    expect(await unaccepted()).toEqual([]);
    await together(chain.drop(), chain.drop());
    expect(await unaccepted()).toEqual([first, second].map(txidOf));
    await together(chain.mine(rival, first), chain.mine(rival, second));
    expect(await unaccepted()).toEqual([]);
  });

  it('of any shape, in any batches, leaves what the chain says', async () => {
    const moves = fc.array(fc.array(fc.constantFrom('mine', 'mine', 'drop', 'pay'), { maxLength: 6 }), {
      maxLength: 8,
    });
    await fc.assert(fc.asyncProperty(moves, walk), { numRuns: 12 });
  });
});

/** Blocks come and go as the moves say, each list in one turn; what a dropped block held waits for the next one. */
async function walk(lists: string[][]): Promise<void> {
  chain = newChain();
  await execute(startOf(crypto.randomUUID()));
  let waiting: Transaction[] = [];
  const blocks = (name: string): WalletCommand[] => {
    if (name === 'drop' && chain.blocks.length > 0) {
      const dropped = chain.drop();
      waiting = [...dropped.block.transactions.slice(1), ...waiting];
      return [dropped];
    }
    if (name !== 'mine') return [];
    const taken = spendable(waiting);
    waiting = waiting.filter((transaction) => !taken.includes(transaction));
    return [chain.mine(chain.blocks.length % 2 === 0 ? alice : bob, ...taken)];
  };
  for (const list of lists) {
    await together(...list.flatMap(blocks));
    const reply = list.includes('pay') ? await pay(1n) : undefined;
    if (reply?.ok === true) waiting.push(transactionOf(reply));
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([waiting.length > 0, false]);
  }
  await expectWholeStreams();
}

/** Those of the transactions that the next block can hold: some spend others' change, some a coin that is gone. */
function spendable(transactions: Transaction[]): Transaction[] {
  const taken = new Map<string, Transaction>();
  for (const transaction of transactions)
    if (transaction.inputs.every(({ prevout }) => chain.coins.has(prevout) || taken.has(prevout.txid)))
      taken.set(txidOf(transaction), transaction);
  return [...taken.values()];
}

/** What a reorganization must take back, version and height aside. */
async function tables() {
  const [coins, wallets] = await Promise.all([
    client.coin.findMany({ orderBy: [{ txid: 'asc' }, { vout: 'asc' }] }),
    client.wallet.findMany({ select: { address: true, balance: true }, orderBy: { address: 'asc' } }),
  ]);
  return { coins, wallets, chain: await client.chain.findMany() };
}

describe('mined coins on a network where they must wait', () => {
  beforeEach(() =>
    execute({ type: 'FollowStart', chainId: 'chain-slow', network: 'slow', coinbaseMaturity: 2, position: 1 }),
  );

  it('count for the balance and are spent only when they may be', async () => {
    await execute(chain.mine(alice));
    expect(await balances()).toEqual([REWARD, 0n]);
    expect(await pay(3n)).toMatchObject({
      code: 'insufficient-funds',
      message: `${alice.address} can spend 0 base units, 3 are needed; 1000000000 more were mined too recently to be spent`,
    });
    await execute(chain.mine(alice));
    expect((await paid(3n)).inputs.map(({ prevout }) => prevout)).toEqual([
      { txid: txidOf(chain.blocks[0]?.block.transactions[0] as Transaction), vout: 0 },
    ]);
  });

  it('are too young again when the chain gets shorter', async () => {
    await together(chain.mine(alice), chain.mine(stranger));
    await execute(chain.drop());
    expect(await pay(3n)).toMatchObject({ code: 'insufficient-funds' });
  });

  it('leave what was paid free to be spent in the next block', async () => {
    await together(chain.mine(alice), chain.mine(stranger));
    await execute(chain.mine(stranger, await paid(3n)));
    expect(await pay(3n, { from: bob.address, to: alice.address })).toMatchObject({ ok: true });
  });
});

/** The client, and how many statements it has read with while something happens. */
function countingReads() {
  let reads = 0;
  const counting = new Proxy(client, {
    get: (target, name): unknown => {
      if (name === '$queryRaw') reads++;
      return Reflect.get(target, name);
    },
  });
  const readsOf = async (act: () => Promise<unknown>): Promise<number> => {
    const before = reads;
    await act();
    return reads - before;
  };
  return { counting, readsOf };
}

describe('following blocks', () => {
  it('reads nothing while this replica is alone, and a payment reads once', async () => {
    const { counting, readsOf } = countingReads();
    writer = createWalletWriter(counting, log, vault);
    await execute(chain.mine(alice));
    let transaction: Transaction | undefined;
    expect(await readsOf(async () => (transaction = await paid(3n)))).toBe(1);
    expect(await readsOf(() => execute(chain.mine(stranger, transaction as Transaction)))).toBe(0);
    expect(await readsOf(() => execute(chain.mine(stranger)))).toBe(0);
    expect(await locks()).toEqual([false, false]);
  });

  it('remembers a payer: what blocks bring and take is known without reading, to the coin', async () => {
    const { counting, readsOf } = countingReads();
    writer = createWalletWriter(counting, log, vault);
    await follow(startOf(crypto.randomUUID()));
    await follow(chain.mine(alice));
    let transaction = await paid(3n);
    for (let round = 0; round < 12; round++) {
      const block = chain.mine(alice, transaction);
      expect(await readsOf(() => follow(block))).toBe(0);
      expect(await readsOf(async () => (transaction = await paid(BigInt(round + 4))))).toBe(0);
    }
    await follow(chain.mine(alice, transaction));
    const everything = (await readWallet(client, vault, alice.address))?.balance ?? '0';
    transaction = await paid(BigInt(everything));
    await follow(chain.mine(stranger, transaction));
    expect((await execute(payment(1n))).ok).toBe(false);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('believes no memory where another replica has followed the chain', async () => {
    await follow(startOf(crypto.randomUUID()));
    await follow(chain.mine(alice));
    await follow(chain.mine(alice, await paid(REWARD)));
    const other = createWalletWriter(client, new EventLog(client), vault);
    const isHers = ({ coin }: NamedCoin) => bytesToHex(coin.scriptPubKey) === bytesToHex(alice.script);
    const hers = [...chain.coins.entries()].filter(isHers);
    const spent = spend(hers, alice, [stranger, REWARD]);
    await follow(chain.mine(stranger, spent), other);
    expect(await execute(payment(1n))).toMatchObject({ ok: false, code: 'insufficient-funds' });
    await follow(chain.mine(alice), other);
    expect(await execute(payment(REWARD))).toMatchObject({ ok: true });
    await expectWholeStreams();
  });

  it('believes no memory where another replica has followed another chain to the same height', async () => {
    await follow(startOf(crypto.randomUUID()));
    await follow(chain.mine(alice));
    expect(await execute(payment(2n * REWARD))).toMatchObject({ ok: false, code: 'insufficient-funds' });
    await follow(chain.mine(stranger));
    const other = createWalletWriter(client, new EventLog(client), vault);
    await follow(startOf(crypto.randomUUID()), other);
    const otherChain = newChain();
    await follow(otherChain.mine(alice), other);
    await follow(otherChain.mine(alice), other);
    expect(await execute(payment(2n * REWARD))).toMatchObject({ ok: true });
    expect(await execute(payment(1n))).toMatchObject({ ok: false, code: 'wallet-locked' });
  });

  it('believes no memory where another replica has forgotten the payer', async () => {
    await follow(startOf(crypto.randomUUID()));
    await follow(chain.mine(alice));
    await follow(chain.mine(alice, await paid(5n)));
    const other = createWalletWriter(client, new EventLog(client), vault);
    await other.execute({ type: 'ForgetWallets', requestId: 'there' }, metadata);
    expect(await execute(payment(1n))).toMatchObject({ ok: false, code: 'unknown-wallet' });
  });

  it('finds what another replica has signed: after one conflict, and then always', async () => {
    const other = createWalletWriter(client, new EventLog(client), vault);
    await log.createCheckpoint('wallet', 'chainstate', LOG_ID);
    const signedThere = async () => transactionOf((await other.execute(payment(1n), metadata)).reply);
    await writer.execute(chain.mine(alice), metadata, move(0));
    const block = chain.mine(stranger, await signedThere());
    await expect(writer.execute(block, metadata, move(1))).rejects.toThrow(ConflictError);
    expect(await log.checkpoint('wallet', 'chainstate')).toBe(1);
    expect(await locks()).toEqual([true, false]);
    await writer.execute(block, metadata, move(1));
    await writer.execute(chain.mine(stranger, await signedThere()), metadata, move(2));
    expect(await locks()).toEqual([false, false]);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('does not confirm what another replica has forgotten', async () => {
    await execute(chain.mine(alice));
    const waiting = await paid(3n);
    const other = createWalletWriter(client, new EventLog(client), vault);
    await other.execute({ type: 'ForgetWallets', requestId: 'there' }, metadata);
    await execute(chain.mine(stranger, waiting));
    expect((await types()).at(-1)).toBe('WalletsForgotten');
  });
});
