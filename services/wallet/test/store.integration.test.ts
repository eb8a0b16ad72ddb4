/**
 * Wallets on a real Postgres: the read models follow payments and blocks exactly. A chain of really mined blocks in memory
 * says what is right.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { txidOf, type Transaction } from '@pocket/chain';
import { ConflictError } from '@pocket/eventstore';
import { spend } from '@pocket/testkit/builders';
import { readWallet, readWallets } from '../src/queries.ts';
import {
  alice,
  balances,
  bob,
  execute,
  expectWhatTheChainSays,
  expectWholeStreams,
  failing,
  locks,
  LOG_ID,
  metadata,
  move,
  onEmptyDatabase,
  paid,
  pay,
  payment,
  REWARD,
  startOf,
  statusOf,
  stranger,
  together,
  transactionOf,
  types,
  vault,
  world,
} from './stored-wallets.ts';

onEmptyDatabase();

describe('wallets', () => {
  it('are listed in the order of their making, with keys only where they are revealed', async () => {
    const hidden = await readWallets(world.client, vault, false);
    expect(hidden.map(({ address, privateKey }) => [address, privateKey])).toEqual([
      [alice.address, null],
      [bob.address, null],
    ]);
    const revealed = await readWallets(world.client, vault, true);
    expect(revealed.map(({ privateKey }) => BigInt(`0x${privateKey ?? ''}`))).toEqual([1n, 2n]);
  });

  it('own what blocks bring them, pay, wait, and are free again', async () => {
    await execute(world.chain.mine(alice));
    expect(await balances()).toEqual([REWARD, 0n]);
    const transaction = await paid(3n);
    expect(await locks()).toEqual([true, false]);
    expect(await readWallet(world.client, vault, alice.address)).toMatchObject({ locked: true });
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'wallet-locked' });
    await execute(world.chain.mine(stranger, transaction));
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([false, false]);
    expect(await statusOf(transaction)).toBe('confirmed');
    expect(await pay(REWARD - 3n)).toMatchObject({ ok: true });
  });

  it('pay with the coins that a block leaves them, also when both arrive at once', async () => {
    await execute(world.chain.mine(alice));
    const first = await paid(3n);
    const [, reply] = await together(world.chain.mine(stranger, first), payment(1n));
    expect(transactionOf(reply as Awaited<ReturnType<typeof pay>>).inputs.map(({ prevout }) => prevout)).toEqual([
      { txid: txidOf(first), vout: 1 },
    ]);
  });

  it('of a hundred payments at once sign exactly one', async () => {
    await together(world.chain.mine(alice), world.chain.mine(alice), world.chain.mine(alice));
    const replies = await Promise.all(Array.from({ length: 100 }, () => pay(1n)));
    expect(replies.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('find more than their largest coins where these do not suffice', async () => {
    await together(...Array.from({ length: 20 }, () => world.chain.mine(alice)));
    expect((await paid(20n * REWARD)).inputs).toHaveLength(20);
    expect(await pay(1n, { from: bob.address, to: alice.address })).toMatchObject({ code: 'insufficient-funds' });
  });

  it('whose key is not here can be paid and cannot pay, now or from memory', async () => {
    await execute(world.chain.mine(alice));
    await world.client.key.delete({ where: { address: alice.address } });
    const refusal = { ok: false, code: 'watch-only-wallet' };
    expect(await pay(1n)).toMatchObject(refusal);
    expect(await pay(1n)).toMatchObject(refusal);
    await execute(world.chain.mine(alice));
    expect(await balances()).toEqual([2n * REWARD, 0n]);
  });

  it('that fail a payment while another of theirs is made keep their means', async () => {
    await execute(world.chain.mine(alice));
    const first = await paid(3n);
    await execute(failing(first));
    expect(await pay(REWARD)).toMatchObject({ ok: true });
  });

  it('lose coins, balances and all payments when the chain begins anew, and keep their keys', async () => {
    await execute(world.chain.mine(alice));
    const waiting = await paid(3n);
    await together(world.chain.mine(bob, waiting), world.chain.drop());
    await execute(startOf(crypto.randomUUID()));
    expect(await balances()).toEqual([0n, 0n]);
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'insufficient-funds' });
    expect(
      await Promise.all([world.client.payment.count(), world.client.coin.count(), world.client.key.count()]),
    ).toEqual([0, 0, 2]);
    await expectWholeStreams();
  });

  it('are forgotten with their keys, and what they waited for with them', async () => {
    await execute(world.chain.mine(alice));
    const waiting = await paid(3n);
    await execute({ type: 'ForgetWallets', requestId: 'last' });
    await execute(world.chain.mine(stranger, waiting));
    expect(await readWallets(world.client, vault, true)).toEqual([]);
    expect(
      await Promise.all([world.client.payment.count(), world.client.coin.count(), world.client.key.count()]),
    ).toEqual([0, 0, 0]);
    expect((await types()).at(-1)).toBe('WalletsForgotten');
  });

  it('lose coins that a stranger with the same key spends, and are free once the pool has dropped their payment', async () => {
    await execute(world.chain.mine(alice));
    const mine = await paid(3n);
    const theirs = spend([...world.chain.coins.entries()], alice, [stranger, REWARD]);
    await execute(world.chain.mine(stranger, theirs));
    expect(await balances()).toEqual([0n, 0n]);
    expect(await locks()).toEqual([true, false]);
    await execute(failing(mine));
    expect(await locks()).toEqual([false, false]);
    expect(await statusOf(mine)).toBe('failed');
  });
});

describe('a payment that failed', () => {
  it('may be made again, to the same transaction, and is handed over again', async () => {
    await execute(world.chain.mine(alice));
    const first = await paid(3n);
    await execute(failing(first));
    await world.client.payment.updateMany({ data: { accepted: true } });
    const second = payment(3n);
    expect(transactionOf(await execute(second))).toEqual(first);
    expect(await world.client.payment.findMany()).toMatchObject([
      { paymentId: second.paymentId, status: 'waiting', accepted: false },
    ]);
    expect(await locks()).toEqual([true, false]);
  });

  it('is confirmed where a block holds it after all', async () => {
    await execute(world.chain.mine(alice));
    const transaction = await paid(3n);
    await execute(failing(transaction));
    const follow = world.chain.mine(stranger, transaction);
    // What memory does not know is a conflict first; the subscription then tries again.
    await world.log.createCheckpoint('wallet', 'chainstate', LOG_ID);
    await expect(world.writer.execute(follow, metadata, move(0))).rejects.toThrow(ConflictError);
    await world.writer.execute(follow, metadata, move(0));
    expect(await types()).toEqual(['PaymentSigned', 'PaymentFailed', 'PaymentConfirmed']);
    expect(await statusOf(transaction)).toBe('confirmed');
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });
});

describe('mined coins on a network where they must wait', () => {
  beforeEach(() =>
    execute({ type: 'FollowStart', chainId: 'chain-slow', network: 'slow', coinbaseMaturity: 2, position: 1 }),
  );

  it('count for the balance and are spent only when they may be', async () => {
    await execute(world.chain.mine(alice));
    expect(await balances()).toEqual([REWARD, 0n]);
    expect(await pay(3n)).toMatchObject({
      code: 'insufficient-funds',
      message: `${alice.address} can spend 0 base units, 3 are needed; 1000000000 more were mined too recently to be spent`,
    });
    await execute(world.chain.mine(alice));
    expect((await paid(3n)).inputs.map(({ prevout }) => prevout)).toEqual([
      { txid: txidOf(world.chain.blocks[0]?.block.transactions[0] as Transaction), vout: 0 },
    ]);
  });

  it('are too young again when the chain gets shorter', async () => {
    await together(world.chain.mine(alice), world.chain.mine(stranger));
    await execute(world.chain.drop());
    expect(await pay(3n)).toMatchObject({ code: 'insufficient-funds' });
  });

  it('leave what was paid free to be spent in the next block', async () => {
    await together(world.chain.mine(alice), world.chain.mine(stranger));
    await execute(world.chain.mine(stranger, await paid(3n)));
    expect(await pay(3n, { from: bob.address, to: alice.address })).toMatchObject({ ok: true });
  });
});
