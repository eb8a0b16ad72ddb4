/**
 * Wallets on a real Postgres for the tests: a database of their own, the writer, and a chain of really mined blocks in
 * memory that says what is right.
 */
import { afterEach, beforeEach, expect, inject } from 'vitest';
import {
  CoinView,
  connectBlock,
  decodeTransaction,
  disconnectBlock,
  networks,
  outpointKey,
  txidOf,
  type Coin,
  type Transaction,
} from '@pocket/chain';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { applyMigrations, EventLog, type CheckpointMove } from '@pocket/eventstore';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { mineOn, ownerOf, tipOf, type Owner } from '@pocket/testkit/builders';
import type { FollowBlock, FollowStart, Pay, UnfollowBlock, WalletCommand } from '../src/domain/decide.ts';
import { createKeyVault } from '../src/key-vault.ts';
import { readWallets } from '../src/queries.ts';
import { createWalletWriter, openClient, type PrismaClient, type WalletWriter } from '../src/store.ts';

export const [alice, bob, stranger, rival] = [ownerOf(1), ownerOf(2), ownerOf(3), ownerOf(4)];
export const vault = createKeyVault(new Uint8Array(32).fill(7));
export const metadata = { correlationId: 'test', causationId: null, traceparent: null };
const migrations = new URL('../prisma/migrations', import.meta.url);
export const REWARD = 1_000_000_000n;
export const startOf = (chainId: string) => ({
  type: 'FollowStart' as const,
  position: 1,
  chainId,
  network: 'pocket',
  coinbaseMaturity: 0,
});

export interface World {
  client: PrismaClient;
  log: EventLog;
  writer: WalletWriter;
  chain: ReturnType<typeof newChain>;
}
/** Of the test that runs. */
export const world = {} as World;

/** Gives every test of a file an empty chain and the wallets of alice and bob. */
export function onEmptyDatabase(): void {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  beforeEach(async () => {
    database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
    await applyMigrations({ databaseUrl: database.databaseUrl, schema: 'wallet', directory: migrations });
    const client = openClient(database.databaseUrl);
    const log = new EventLog(client);
    Object.assign(world, { client, log, writer: createWalletWriter(client, log, vault), chain: newChain() });
    await Promise.all([alice, bob].map(create));
  });
  afterEach(async () => {
    await world.client.$disconnect();
    await database.drop();
  });
}

export const LOG_ID = '00000000-0000-4000-8000-000000000001';
/** One event further in the chainstate's log. */
export const move = (from: number): CheckpointMove => ({
  consumer: 'wallet',
  source: 'chainstate',
  from,
  to: from + 1,
});

/** A chain in memory: each call says what the wallet must follow. */
export function newChain() {
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

export const execute = async (command: WalletCommand) => (await world.writer.execute(command, metadata)).reply;
/** As the subscription does it: with the checkpoint's move, by which a memory is known to be of now. */
export async function follow(command: FollowStart | FollowBlock | UnfollowBlock, by: WalletWriter = world.writer) {
  const place = { consumer: 'wallet', source: 'chainstate' };
  const from = await world.log.createCheckpoint(place.consumer, place.source, LOG_ID);
  const to = from + 1;
  return by.execute({ ...command, position: to }, metadata, { ...place, from, to });
}
/** All in one turn, so in one commit where the writer lets them share. */
export const together = (...commands: WalletCommand[]) => Promise.all(commands.map(execute));

function create({ address, publicKey, privateKey }: Owner) {
  return execute({ type: 'CreateWallet', address, publicKey, encryptedKey: vault.encrypt(privateKey, address) });
}

export const payment = (amount: bigint, changes: Partial<Pay> = {}): Pay => ({
  type: 'Pay',
  paymentId: crypto.randomUUID(),
  from: alice.address,
  to: bob.address,
  amount,
  ...changes,
});
export const pay = (amount: bigint, changes: Partial<Pay> = {}) => execute(payment(amount, changes));
export const paid = async (amount: bigint, changes: Partial<Pay> = {}) => transactionOf(await pay(amount, changes));
export const failing = (transaction: Transaction): WalletCommand => ({
  type: 'FailPayment',
  txid: txidOf(transaction),
  reason: { code: 'conflict', message: 'a block has spent its coins' },
});

export function transactionOf(reply: Awaited<ReturnType<typeof pay>>): Transaction {
  if (!reply.ok || reply.payment === undefined) throw new Error('the payment was not signed');
  const decoded = decodeTransaction(hexToBytes(reply.payment.hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.transaction;
}

export const balances = async () =>
  (await readWallets(world.client, vault, false)).map(({ balance }) => BigInt(balance));
export const locks = async () => (await readWallets(world.client, vault, false)).map(({ locked }) => locked);
export const statusOf = async (transaction: Transaction) =>
  (await world.client.payment.findUnique({ where: { txid: txidOf(transaction) } }))?.status;
export const types = async () =>
  (await world.log.read(0)).map(({ type }) => type).filter((type) => type !== 'WalletCreated');

const shown = (key: string, { value, height, coinbase, scriptPubKey }: Coin): string =>
  [key, value, height, coinbase, bytesToHex(scriptPubKey)].join(' ');

/** The tables hold what the chain says: these wallets' coins with their heights, and the sums. */
export async function expectWhatTheChainSays(): Promise<void> {
  const rightful = [alice, bob].map(({ script }) =>
    [...world.chain.coins.entries()].filter(({ coin }) => bytesToHex(coin.scriptPubKey) === bytesToHex(script)),
  );
  const rows = await world.client.coin.findMany();
  expect(rows.map((row) => shown(`${row.txid}:${row.vout}`, row)).sort()).toEqual(
    rightful
      .flat()
      .map(({ outpoint, coin }) => shown(outpointKey(outpoint), coin))
      .sort(),
  );
  expect(await balances()).toEqual(rightful.map((coins) => coins.reduce((sum, { coin }) => sum + coin.value, 0n)));
}

/** Every stream counts 1, 2, 3, … and the wallets know their last version. */
export async function expectWholeStreams(): Promise<void> {
  const streams = await world.client.event.groupBy({ by: ['stream'], _max: { version: true }, _count: true });
  expect(streams.filter(({ _max, _count }) => _max.version !== _count)).toEqual([]);
  const versions = new Map(streams.map(({ stream, _max }) => [stream, _max.version]));
  const wallets = await world.client.wallet.findMany();
  expect(wallets.map(({ version }) => version)).toEqual(
    wallets.map(({ address }) => versions.get(`wallet-${address}`)),
  );
}
