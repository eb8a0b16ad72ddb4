/**
 * What a replica of the wallet remembers of payers and blocks, so that it need not read; and when it must not believe it.
 */
import { describe, expect, it } from 'vitest';
import { type NamedCoin, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { ConflictError, EventLog } from '@pocket/eventstore';
import { spend } from '@pocket/testkit/builders';
import { readWallet } from '../src/queries.ts';
import { createWalletWriter } from '../src/store.ts';
import {
  alice,
  execute,
  expectWhatTheChainSays,
  expectWholeStreams,
  follow,
  locks,
  LOG_ID,
  metadata,
  move,
  newChain,
  onEmptyDatabase,
  paid,
  payment,
  REWARD,
  startOf,
  stranger,
  transactionOf,
  types,
  vault,
  world,
} from './stored-wallets.ts';

onEmptyDatabase();

/** The world.client, and how many statements it has read with while something happens. */
function countingReads() {
  let reads = 0;
  const counting = new Proxy(world.client, {
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
    world.writer = createWalletWriter(counting, world.log, vault);
    await execute(world.chain.mine(alice));
    let transaction: Transaction | undefined;
    expect(await readsOf(async () => (transaction = await paid(3n)))).toBe(1);
    expect(await readsOf(() => execute(world.chain.mine(stranger, transaction as Transaction)))).toBe(0);
    expect(await readsOf(() => execute(world.chain.mine(stranger)))).toBe(0);
    expect(await locks()).toEqual([false, false]);
  });

  it('remembers a payer: what blocks bring and take is known without reading, to the coin', async () => {
    const { counting, readsOf } = countingReads();
    world.writer = createWalletWriter(counting, world.log, vault);
    await follow(startOf(crypto.randomUUID()));
    await follow(world.chain.mine(alice));
    let transaction = await paid(3n);
    for (let round = 0; round < 12; round++) {
      const block = world.chain.mine(alice, transaction);
      expect(await readsOf(() => follow(block))).toBe(0);
      expect(await readsOf(async () => (transaction = await paid(BigInt(round + 4))))).toBe(0);
    }
    await follow(world.chain.mine(alice, transaction));
    const everything = (await readWallet(world.client, vault, alice.address))?.balance ?? '0';
    transaction = await paid(BigInt(everything));
    await follow(world.chain.mine(stranger, transaction));
    expect((await execute(payment(1n))).ok).toBe(false);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('believes no memory where another replica has followed the chain', async () => {
    await follow(startOf(crypto.randomUUID()));
    await follow(world.chain.mine(alice));
    await follow(world.chain.mine(alice, await paid(REWARD)));
    const other = createWalletWriter(world.client, new EventLog(world.client), vault);
    const isHers = ({ coin }: NamedCoin) => bytesToHex(coin.scriptPubKey) === bytesToHex(alice.script);
    const hers = [...world.chain.coins.entries()].filter(isHers);
    const spent = spend(hers, alice, [stranger, REWARD]);
    await follow(world.chain.mine(stranger, spent), other);
    expect(await execute(payment(1n))).toMatchObject({ ok: false, code: 'insufficient-funds' });
    await follow(world.chain.mine(alice), other);
    expect(await execute(payment(REWARD))).toMatchObject({ ok: true });
    await expectWholeStreams();
  });

  it('believes no memory where another replica has followed another chain to the same height', async () => {
    await follow(startOf(crypto.randomUUID()));
    await follow(world.chain.mine(alice));
    expect(await execute(payment(2n * REWARD))).toMatchObject({ ok: false, code: 'insufficient-funds' });
    await follow(world.chain.mine(stranger));
    const other = createWalletWriter(world.client, new EventLog(world.client), vault);
    await follow(startOf(crypto.randomUUID()), other);
    const otherChain = newChain();
    await follow(otherChain.mine(alice), other);
    await follow(otherChain.mine(alice), other);
    expect(await execute(payment(2n * REWARD))).toMatchObject({ ok: true });
    expect(await execute(payment(1n))).toMatchObject({ ok: false, code: 'wallet-locked' });
  });

  it('believes no memory where another replica has forgotten the payer', async () => {
    await follow(startOf(crypto.randomUUID()));
    await follow(world.chain.mine(alice));
    await follow(world.chain.mine(alice, await paid(5n)));
    const other = createWalletWriter(world.client, new EventLog(world.client), vault);
    await other.execute({ type: 'ForgetWallets', requestId: 'there' }, metadata);
    expect(await execute(payment(1n))).toMatchObject({ ok: false, code: 'unknown-wallet' });
  });

  it('finds what another replica has signed: after one conflict, and then always', async () => {
    const other = createWalletWriter(world.client, new EventLog(world.client), vault);
    await world.log.createCheckpoint('wallet', 'chainstate', LOG_ID);
    const signedThere = async () => transactionOf((await other.execute(payment(1n), metadata)).reply);
    await world.writer.execute(world.chain.mine(alice), metadata, move(0));
    const block = world.chain.mine(stranger, await signedThere());
    await expect(world.writer.execute(block, metadata, move(1))).rejects.toThrow(ConflictError);
    expect(await world.log.checkpoint('wallet', 'chainstate')).toBe(1);
    expect(await locks()).toEqual([true, false]);
    await world.writer.execute(block, metadata, move(1));
    await world.writer.execute(world.chain.mine(stranger, await signedThere()), metadata, move(2));
    expect(await locks()).toEqual([false, false]);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('does not confirm what another replica has forgotten', async () => {
    await execute(world.chain.mine(alice));
    const waiting = await paid(3n);
    const other = createWalletWriter(world.client, new EventLog(world.client), vault);
    await other.execute({ type: 'ForgetWallets', requestId: 'there' }, metadata);
    await execute(world.chain.mine(stranger, waiting));
    expect((await types()).at(-1)).toBe('WalletsForgotten');
  });
});
