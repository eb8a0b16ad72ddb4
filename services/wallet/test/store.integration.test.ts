/** Wallets on a real Postgres: the read models follow the events, also where several commands arrive at once. */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createdCoins, decodeTransaction, txidOf, type NamedCoin } from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';
import { applyMigrations, EventLog } from '@pocket/eventstore';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { coinOf, ownerOf } from '@pocket/testkit/builders';
import type { CoinChanges, Pay, WalletCommand } from '../src/domain/decide.ts';
import { createKeyVault } from '../src/key-vault.ts';
import { readWallets } from '../src/queries.ts';
import { createWalletWriter, openClient, type PrismaClient, type WalletWriter } from '../src/store.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const vault = createKeyVault(new Uint8Array(32).fill(7));
const metadata = { correlationId: 'test', causationId: null, traceparent: null };
const migrations = new URL('../prisma/migrations', import.meta.url);

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: PrismaClient;
let writer: WalletWriter;
let height: number;

beforeEach(async () => {
  height = 0;
  database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  await applyMigrations({ databaseUrl: database.databaseUrl, schema: 'wallet', directory: migrations });
  client = openClient(database.databaseUrl);
  writer = createWalletWriter(client, new EventLog(client), vault);
  await Promise.all([alice, bob].map(create));
});
afterEach(async () => {
  await client.$disconnect();
  await database.drop();
});

const execute = async (command: WalletCommand) => (await writer.execute(command, metadata)).reply;

function create({ address, publicKey, privateKey }: typeof alice) {
  return execute({ type: 'CreateWallet', address, publicKey, encryptedKey: vault.encrypt(privateKey, address) });
}

const pay = (amount: bigint, changes: Partial<Pay> = {}) =>
  execute({ type: 'Pay', paymentId: crypto.randomUUID(), from: alice.address, to: bob.address, amount, ...changes });

/** A block that brings these coins and holds these transactions. */
function block(coins: Partial<CoinChanges>, txids: string[] = []): WalletCommand {
  const changes = { created: [], spent: [], ...coins };
  return { type: 'ConfirmPayments', txids, blockHash: 'bb'.repeat(32), height: ++height, coins: changes };
}

const owned = (owner: typeof alice, { outpoint, coin }: NamedCoin) => ({ outpoint, coin, address: owner.address });
const balances = async () => (await readWallets(client, vault, false)).map(({ balance }) => balance);

function paymentOf(reply: Awaited<ReturnType<typeof pay>>) {
  if (!reply.ok || reply.payment === undefined) throw new Error('the payment was not signed');
  const decoded = decodeTransaction(hexToBytes(reply.payment.hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return { ...reply.payment, transaction: decoded.transaction };
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
    await execute(block({ created: [owned(alice, coinOf(alice, 10n, 1))] }));
    expect(await balances()).toEqual(['10', '0']);
    const { txid, transaction } = paymentOf(await pay(3n));
    expect((await readWallets(client, vault, false)).map(({ locked }) => locked)).toEqual([true, false]);
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'wallet-locked' });
    const [toBob, change] = createdCoins(transaction, 2) as [NamedCoin, NamedCoin];
    const coins = { created: [owned(bob, toBob), owned(alice, change)], spent: [owned(alice, coinOf(alice, 10n, 1))] };
    await execute(block(coins, [txid]));
    expect(await balances()).toEqual(['7', '3']);
    expect(txid).toBe(txidOf(transaction));
    expect(await pay(7n)).toMatchObject({ ok: true });
  });

  it('pay with the coins that a block leaves them, also when both arrive at once', async () => {
    await execute(block({ created: [owned(alice, coinOf(alice, 10n, 1))] }));
    const { txid, transaction } = paymentOf(await pay(3n));
    const [, change] = createdCoins(transaction, 2) as [NamedCoin, NamedCoin];
    const coins = { created: [owned(alice, change)], spent: [owned(alice, coinOf(alice, 10n, 1))] };
    const [, reply] = await Promise.all([execute(block(coins, [txid])), pay(1n)]);
    const next = paymentOf(reply);
    expect(next.transaction.inputs.map(({ prevout }) => prevout)).toEqual([change.outpoint]);
  });

  it('of a hundred payments at once sign exactly one', async () => {
    await execute(block({ created: [1, 2, 3].map((number) => owned(alice, coinOf(alice, 10n, number))) }));
    const replies = await Promise.all(Array.from({ length: 100 }, () => pay(1n)));
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('find more than their largest coins where these do not suffice', async () => {
    const coins = Array.from({ length: 50 }, (_, index) => owned(alice, coinOf(alice, 1n, index + 1)));
    await execute(block({ created: coins }));
    expect(paymentOf(await pay(50n)).transaction.inputs).toHaveLength(50);
    expect(await pay(51n, { from: bob.address, to: alice.address })).toMatchObject({ code: 'insufficient-funds' });
  });

  it('lose coins, balances and waiting payments when the chain begins anew, and keep their keys', async () => {
    await execute(block({ created: [owned(alice, coinOf(alice, 10n, 1))] }));
    await pay(3n);
    await execute({ type: 'FollowStart' });
    expect(await balances()).toEqual(['0', '0']);
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'insufficient-funds' });
    expect(await client.payment.count()).toBe(0);
    expect(await client.key.count()).toBe(2);
  });

  it('are forgotten with their keys', async () => {
    await execute({ type: 'ForgetWallets', requestId: 'last' });
    expect(await readWallets(client, vault, true)).toEqual([]);
    expect(await client.key.count()).toBe(0);
  });
});
