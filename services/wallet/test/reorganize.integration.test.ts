/**
 * Wallets on a real Postgres while blocks are taken off the chain and others come: what they hold is what the chain says,
 * whether events come one by one or many in one commit.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { txidOf, type Transaction } from '@pocket/chain';
import type { WalletCommand } from '../src/domain/decide.ts';
import { handedOver } from '../src/queries.ts';
import {
  alice,
  bob,
  execute,
  expectWhatTheChainSays,
  expectWholeStreams,
  failing,
  locks,
  newChain,
  onEmptyDatabase,
  paid,
  pay,
  rival,
  startOf,
  statusOf,
  stranger,
  together,
  transactionOf,
  types,
  world,
} from './stored-wallets.ts';

onEmptyDatabase();

describe('a reorganization', () => {
  it('of one block lets its payment wait again, until the other branch confirms it at another height', async () => {
    await execute(world.chain.mine(alice));
    const transaction = await paid(3n);
    await execute(world.chain.mine(bob, transaction));
    await execute(world.chain.drop());
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([true, false]);
    await execute(world.chain.mine(rival));
    const confirming = world.chain.mine(rival, transaction);
    await execute(confirming);
    await expectWhatTheChainSays();
    expect(await locks()).toEqual([false, false]);
    expect(await types()).toEqual(['PaymentSigned', 'PaymentConfirmed', 'PaymentUnconfirmed', 'PaymentConfirmed']);
    const { blockHash, height } = confirming;
    expect(await world.client.payment.findMany()).toMatchObject([{ status: 'confirmed', blockHash, height: 2 }]);
    expect(height).toBe(2);
    await expectWholeStreams();
  });

  it('of three blocks takes everything back exactly, in one commit', async () => {
    await together(world.chain.mine(alice), world.chain.mine(bob));
    const before = await tables();
    const transactions: Transaction[] = [];
    for (const amount of [3n, 5n, 7n]) {
      transactions.push(await paid(amount));
      await execute(world.chain.mine(stranger, transactions.at(-1) as Transaction));
    }
    await together(world.chain.drop(), world.chain.drop(), world.chain.drop());
    expect(await tables()).toEqual(before);
    expect(await locks()).toEqual([true, false]);
    expect(await Promise.all(transactions.map(statusOf))).toEqual(['waiting', 'waiting', 'waiting']);
    await together(
      world.chain.mine(rival),
      world.chain.mine(rival, ...transactions),
      world.chain.mine(rival),
      world.chain.mine(rival),
    );
    expect(await locks()).toEqual([false, false]);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('to and fro in one commit counts every step and writes the end', async () => {
    await execute(world.chain.mine(alice));
    const transaction = await paid(3n);
    const first = world.chain.mine(stranger, transaction);
    const steps = [
      first,
      world.chain.drop(),
      world.chain.mine(rival),
      world.chain.drop(),
      world.chain.mine(stranger, transaction),
    ];
    const [reference] = await Promise.all([world.log.head(), together(...steps)]);
    expect(await types()).toEqual(['PaymentSigned', 'PaymentConfirmed', 'PaymentUnconfirmed', 'PaymentConfirmed']);
    expect((await world.log.head()).position).toBe(reference.position + 3);
    expect(await world.client.payment.findMany()).toMatchObject([{ status: 'confirmed', height: 1 }]);
    await expectWhatTheChainSays();
    await expectWholeStreams();
  });

  it('that leaves two payments waiting keeps the wallet locked until neither does', async () => {
    await together(world.chain.mine(alice), world.chain.mine(alice));
    const first = await paid(3n);
    await execute(world.chain.mine(stranger, first));
    const second = await paid(5n);
    await execute(world.chain.drop());
    expect(await pay(1n)).toMatchObject({ ok: false, code: 'wallet-locked' });
    await execute(failing(second));
    expect(await locks()).toEqual([true, false]);
    await execute(world.chain.mine(rival, first));
    expect(await locks()).toEqual([false, false]);
    expect(await pay(1n)).toMatchObject({ ok: true });
    await expectWholeStreams();
  });

  it('gives its payments to the hand-over again, in the order of their making, and nothing that is settled', async () => {
    await together(world.chain.mine(alice), world.chain.mine(bob));
    const first = await paid(3n);
    await execute(world.chain.mine(stranger, first));
    const second = await paid(4n);
    await execute(world.chain.mine(stranger, second));
    await execute(failing(await paid(1n, { from: bob.address, to: alice.address })));
    await world.client.payment.updateMany({ data: { accepted: true } });
    const unaccepted = async () =>
      (await handedOver(world.client).missing(new Date(Date.now() + 60_000))).map(({ txid }) => txid);
    expect(await unaccepted()).toEqual([]);
    await together(world.chain.drop(), world.chain.drop());
    expect(await unaccepted()).toEqual([first, second].map(txidOf));
    await together(world.chain.mine(rival, first), world.chain.mine(rival, second));
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
  world.chain = newChain();
  await execute(startOf(crypto.randomUUID()));
  let waiting: Transaction[] = [];
  const blocks = (name: string): WalletCommand[] => {
    if (name === 'drop' && world.chain.blocks.length > 0) {
      const dropped = world.chain.drop();
      waiting = [...dropped.block.transactions.slice(1), ...waiting];
      return [dropped];
    }
    if (name !== 'mine') return [];
    const taken = spendable(waiting);
    waiting = waiting.filter((transaction) => !taken.includes(transaction));
    return [world.chain.mine(world.chain.blocks.length % 2 === 0 ? alice : bob, ...taken)];
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
    if (transaction.inputs.every(({ prevout }) => world.chain.coins.has(prevout) || taken.has(prevout.txid)))
      taken.set(txidOf(transaction), transaction);
  return [...taken.values()];
}

/** What a reorganization must take back, version and height aside. */
async function tables() {
  const [coins, wallets] = await Promise.all([
    world.client.coin.findMany({ orderBy: [{ txid: 'asc' }, { vout: 'asc' }] }),
    world.client.wallet.findMany({ select: { address: true, balance: true }, orderBy: { address: 'asc' } }),
  ]);
  return { coins, wallets, chain: await world.client.chain.findMany() };
}
