/** What blocks that come and go do to the pool: confirmations, conflicts, returns, and whole reorganizations. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  blockHashOf,
  createdCoins,
  encodeTransaction,
  networks,
  txidOf,
  type NetworkParameters,
  type Transaction,
} from '@pocket/chain';
import { coinOf, GENESIS_TIME, mineOn, signed, spend } from '@pocket/testkit/builders';
import type { PoolCommand } from '../src/domain/commands.ts';
import type { PoolEntry, Waiting } from '../src/domain/pool.ts';
import {
  alice,
  ANY,
  bob,
  carol,
  chainFrom,
  hexOf,
  NOW,
  order,
  outputOf,
  payFee,
  pool,
  stories,
  submit,
  TestChain,
  waiting,
} from './pool-scenario.ts';

const coin = coinOf(alice, 10n, 1);
const second = coinOf(alice, 5n, 2);
const coins = [coin, second];
const payment = spend([coin], alice, [bob, 4n], [alice, 6n]);
const child = spend([outputOf(payment, 1)], alice, [carol, 6n]);
const rival = spend([coin, second], alice, [carol, 15n]);
const other = spend([second], alice, [carol, 5n]);
const sorted = (transactions: Transaction[]) => transactions.map(txidOf).sort();
const held = (state: { pool: { values: () => Iterable<PoolEntry> } }) =>
  [...state.pool.values()].map(({ txid }) => txid).sort();

/** Networks whose rewards are mature after so many blocks. */
const maturing = (coinbaseMaturity: number): NetworkParameters => ({ ...networks.pocket, coinbaseMaturity });

describe('FollowBlock', () => {
  it('confirms what waited, in block order, frees its coins, and says that it has followed', () => {
    const chain = new TestChain(coins).mine(alice, other, payment);
    const { blockHash } = chain.follow(0);
    const { state } = pool({ coins, waits: [waiting(payment), waiting(other)] })
      .when(chain.follow(0))
      .thenEvents(
        { type: 'TransactionConfirmed', data: { txid: txidOf(other), blockHash, height: 0 } },
        { type: 'TransactionConfirmed', data: { txid: txidOf(payment), blockHash, height: 0 } },
        { type: 'BlockFollowed', data: { blockHash, height: 0 } },
      );
    expect([state.pool.size, state.pool.sizeBytes]).toEqual([0, 0]);
    expect(state.pool.spenderOf(coin.outpoint)).toBeUndefined();
  });

  it('says of every block that it has followed it, so that nobody judges by the tip before', () => {
    const chain = new TestChain(coins).mine(alice, payment);
    const { blockHash } = chain.follow(0);
    pool()
      .when(chain.follow(0))
      .thenEvents({ type: 'BlockFollowed', data: { blockHash, height: 0 } });
  });

  it('leaves a child of what it confirms, without its parent', () => {
    const chain = new TestChain(coins).mine(alice, payment);
    const { state } = pool({ coins, waits: [waiting(payment), waiting(child)] }).when(chain.follow(0));
    expect([...state.pool.values()].map(({ txid, parents }) => [txid, parents.size])).toEqual([[txidOf(child), 0]]);
  });

  it('evicts what spends a coin that the block has spent otherwise, with all that needs it', () => {
    const heir = spend([outputOf(rival, 0)], carol, [bob, 15n]);
    const chain = new TestChain(coins).mine(alice, payment);
    const { events, state } = pool({ coins, waits: [waiting(rival), waiting(heir)] }).when(chain.follow(0));
    expect(stories(events)).toEqual([
      ['TransactionEvicted', txidOf(rival), 'txn-mempool-conflict'],
      ['TransactionEvicted', txidOf(heir), 'txn-mempool-conflict'],
    ]);
    expect(state.pool.size).toBe(0);
  });

  it('evicts once what conflicts with a block in two coins', () => {
    const chain = new TestChain(coins).mine(alice, payment, other);
    const { events } = pool({ coins, waits: [waiting(rival)] }).when(chain.follow(0));
    expect(events.map(({ type }) => type)).toEqual(['TransactionEvicted', 'BlockFollowed']);
  });

  it('follows the tip and the times of its last blocks, 128 of them', () => {
    const chain = new TestChain();
    for (let height = 0; height < 13; height++) chain.mine(alice);
    const { state } = pool({ tip: { times: Array.from({ length: 120 }, () => 1) } }).when(
      ...chain.blocks.map(({ height }) => chain.follow(height)),
    );
    expect(state.tip).toMatchObject({ height: 12, blockHash: chain.follow(12).blockHash });
    expect(state.tip.times).toHaveLength(128);
    expect(state.tip.times.slice(-13)).toEqual(chain.blocks.map(({ block }) => block.header.time));
  });
});

describe('UnfollowBlock', () => {
  const chain = new TestChain(coins).mine(alice).mine(alice, payment, child);

  it('lets wait again what the block held, in block order and as it was first seen', () => {
    const { blockHash } = chain.follow(1);
    const returned = (transaction: Transaction, from: string, to: string, amount: string, receivedAt: number) => ({
      type: 'TransactionReturned',
      data: {
        txid: txidOf(transaction),
        hex: hexOf(transaction),
        from,
        to,
        amount,
        fee: '0',
        receivedAt,
        waitingSince: NOW + 9,
        blockHash,
      },
    });
    const { state } = pool({ tip: { height: 1, times: [1, 2] } })
      .when(chain.unfollow(1, [null, NOW - 7, NOW - 3], NOW + 9))
      .thenEvents(
        returned(payment, alice.address, bob.address, '4', NOW - 7),
        returned(child, alice.address, carol.address, '6', NOW - 3),
        { type: 'BlockUnfollowed', data: { blockHash, height: 1 } },
      );
    expect(state.tip).toMatchObject({
      blockHash: chain.follow(0).blockHash,
      height: 0,
      times: [1],
      reorganizedFrom: 1,
    });
    expect(state.coins.get(coin.outpoint)).toEqual(coin.coin);
    expect(state.coins.has(outputOf(payment, 0).outpoint)).toBe(false);
    expect(state.pool.get(txidOf(child))?.parents.size).toBe(1);
  });

  it('takes the block’s time for what nobody has seen before', () => {
    const { state } = pool().when(chain.unfollow(1));
    const time = (GENESIS_TIME + 600) * 1_000;
    expect([...state.pool.values()].map(({ receivedAt }) => receivedAt)).toEqual([time, time]);
    expect(order(state.pool)).toEqual([payment, child].map(txidOf));
  });

  const HOURS_336_MS = 1_209_600_000;

  it.each([
    ['of an old block that nobody has seen before', []],
    ['that was first seen long ago', [null, 1_000, 1_000]],
  ])('counts the expiry of what comes back, %s, from when it began to wait again', (_, firstSeen) => {
    const returned = GENESIS_TIME * 1_000 + 3 * HOURS_336_MS;
    const sweep = (now: number): PoolCommand => ({ type: 'SweepPool', now });
    const { decisions, state } = pool().when(
      chain.unfollow(1, firstSeen, returned),
      sweep(returned + 60_000),
      sweep(returned + HOURS_336_MS),
    );
    expect(decisions.slice(1).flatMap(({ events }) => events)).toEqual([]);
    expect(order(state.pool)).toEqual([payment, child].map(txidOf));
    for (const { receivedAt, waitingSince } of state.pool.values()) {
      expect(receivedAt).toBe(firstSeen[1] ?? (GENESIS_TIME + 600) * 1_000);
      expect(waitingSince).toBe(returned);
    }
    const last = pool().when(chain.unfollow(1, firstSeen, returned), sweep(returned + HOURS_336_MS + 1));
    expect(stories(last.decisions[1]?.events ?? []).map(([, txid, code]) => [txid, code])).toEqual([
      [txidOf(payment), 'expired'],
      [txidOf(child), 'expired'],
    ]);
  });

  it('puts it before all that needs it, whatever the clocks say', () => {
    const grandchild = spend([outputOf(child, 0)], carol, [bob, 6n]);
    const waits = [waiting(other), waiting(grandchild, { receivedAt: 5_000 })];
    const { state } = pool({ waits }).when(chain.unfollow(1, [null, 9_000, 8_000]));
    expect(order(state.pool)).toEqual([payment, child, grandchild, other].map(txidOf));
    expect(state.pool.get(txidOf(payment))?.receivedAt).toBe(4_999);
  });

  it('takes back its old place before what came later', () => {
    const { state } = pool({ waits: [waiting(other)] }).when(chain.unfollow(1, [null, NOW - 2, NOW - 1]));
    expect(order(state.pool)).toEqual([payment, child, other].map(txidOf));
  });

  it('goes back to nothing from the first block', () => {
    const { state } = pool({ tip: { height: 0, times: [1] } }).when(chain.unfollow(0));
    expect(state.tip).toMatchObject({ blockHash: undefined, height: undefined, times: [], reorganizedFrom: 0 });
  });

  it('evicts what spends the reward that has gone: bad-txns-inputs-missingorspent', () => {
    const spender = payFee(0n, [chain.reward(0)]);
    const { events } = pool({
      waits: [waiting(spender), waiting(chainFrom(outputOf(spender, 0), 1)[0] as Transaction)],
    }).when(chain.unfollow(0));
    expect(stories(events).map(([type, , code]) => [type, code])).toEqual([
      ['TransactionEvicted', 'bad-txns-inputs-missingorspent'],
      ['TransactionEvicted', 'bad-txns-inputs-missingorspent'],
    ]);
  });

  it('does not let wait what spends the reward of its own block, and says so', () => {
    const view = new TestChain().mine(alice);
    const empty = mineOn(undefined, alice);
    const [coinbase] = empty.transactions as [Transaction];
    const greedy = payFee(0n, [outputOf(coinbase, 0)]);
    expect(view.reward(0).outpoint.txid).toBe(txidOf(coinbase));
    const own = new TestChain().mine(alice, greedy);
    const { events, state } = pool().when(own.unfollow(0));
    expect(stories(events)).toEqual([['TransactionEvicted', txidOf(greedy), 'bad-txns-inputs-missingorspent']]);
    expect(state.pool.size).toBe(0);
  });

  it('does not let wait what the pool’s form forbids, nor what needs it', () => {
    const odd = signed({ ...payment, version: 7 }, [coin], alice);
    const heir = spend([outputOf(odd, 1)], alice, [carol, 6n]);
    const needing = spend([outputOf(heir, 0)], carol, [bob, 6n]);
    const strange = new TestChain(coins).mine(alice, odd, heir);
    const { events } = pool({ waits: [waiting(needing)] }).when(strange.unfollow(0));
    expect(stories(events)).toEqual([
      ['TransactionEvicted', txidOf(odd), 'version'],
      ['TransactionEvicted', txidOf(heir), 'bad-txns-inputs-missingorspent'],
      ['TransactionEvicted', txidOf(needing), 'bad-txns-inputs-missingorspent'],
    ]);
  });

  it('does not let wait what conflicts with what waits: txn-mempool-conflict', () => {
    const { events } = pool({ waits: [waiting(rival)] }).when(chain.unfollow(1));
    expect(stories(events)[0]).toEqual(['TransactionEvicted', txidOf(payment), 'txn-mempool-conflict']);
  });

  it('lets wait a chain of 1,000 and no longer: too-long-mempool-chain', () => {
    const long = chainFrom(coin, 1_001);
    const block = mineOn(undefined, alice, ...long);
    const undo = [coin, ...long.slice(0, -1).map((each) => outputOf(each, 0))].map((each) => each.coin);
    const { events, state } = pool().when({
      type: 'UnfollowBlock',
      block,
      undo,
      blockHash: blockHashOf(block.header),
      height: 0,
      firstSeen: [],
      now: NOW,
    });
    expect(state.pool.size).toBe(1_000);
    expect(stories(events).at(-1)).toEqual([
      'TransactionEvicted',
      txidOf(long[1_000] as Transaction),
      'too-long-mempool-chain',
    ]);
  });

  it('keeps the pool within its bounds: mempool full', () => {
    const dear = waiting(payFee(3n, [second]), { fee: 3n });
    const { events, state } = pool({ waits: [dear], policy: { maxPoolBytes: 500 } }).when(chain.unfollow(1));
    expect(stories(events).filter(([type]) => type === 'TransactionEvicted')).toEqual([
      ['TransactionEvicted', txidOf(child), 'mempool full'],
    ]);
    expect(held(state)).toEqual([dear.txid, txidOf(payment)].sort());
  });
});

describe('a reorganization', () => {
  const base = new TestChain(coins).mine(alice);

  it('leaves what was there and what the losing branch held, without what the winning one holds or forbids', () => {
    const losing = base.fork(0, coins).mine(alice, payment, child);
    const winning = base.fork(0, coins).mine(bob).mine(bob, rival);
    const third = payFee(0n, [coinOf(alice, 3n, 3)]);
    const { events, state } = pool({ waits: [waiting(third)], tip: { height: 1, times: [1, 2] } }).when(
      losing.unfollow(1),
      winning.follow(1),
      winning.follow(2),
    );
    expect(stories(events)).toEqual([
      ['TransactionReturned', txidOf(payment)],
      ['TransactionReturned', txidOf(child)],
      ['TransactionEvicted', txidOf(payment), 'txn-mempool-conflict'],
      ['TransactionEvicted', txidOf(child), 'txn-mempool-conflict'],
    ]);
    expect(held(state)).toEqual(sorted([third]));
    expect(state.tip).toMatchObject({ height: 2, reorganizedFrom: undefined });
  });

  it('confirms again what both branches hold', () => {
    const losing = base.fork(0, coins).mine(alice, payment, child);
    const winning = base.fork(0, coins).mine(bob, payment).mine(bob);
    const { events, state } = pool().when(losing.unfollow(1), winning.follow(1), winning.follow(2));
    expect(stories(events).at(-1)).toEqual(['TransactionConfirmed', txidOf(payment)]);
    expect(held(state)).toEqual(sorted([child]));
  });

  it.each([1, 2, 10, 100])('of depth %s, there and back, gives the same pool and the same coins', (depth) => {
    const links = chainFrom(coin, depth);
    const left = links.reduce((chain, link) => chain.mine(alice, link), base.fork(0, coins));
    const right = links.reduce((chain) => chain.mine(bob), base.fork(0, coins)).mine(bob);
    const down = (chain: TestChain) =>
      chain.blocks
        .slice(1)
        .map(({ height }) => chain.unfollow(height))
        .reverse();
    const up = (chain: TestChain) => chain.blocks.slice(1).map(({ height }) => chain.follow(height));
    const there: PoolCommand[] = [...down(left), ...up(right)];
    const start = { coins: [second], waits: [waiting(other)], tip: { height: depth } };
    const first = pool(start).when(...there);
    expect(held(first.state)).toEqual(sorted([other, ...links]));
    expect(order(first.state.pool)).toEqual([other, ...links].map(txidOf));
    const back = pool(start).when(...there, ...down(right), ...up(left));
    expect(held(back.state)).toEqual(sorted([other]));
    const last = links.at(-1) as Transaction;
    const [tip] = createdCoins(last, depth);
    expect(back.state.coins.get(outputOf(last, 0).outpoint)).toEqual(tip?.coin);
    expect(back.state.tip).toMatchObject({ height: depth, blockHash: left.follow(depth).blockHash });
  });

  it('keeps on its way what is too early only there, and offers it to nobody', () => {
    const network = maturing(2);
    const chain = new TestChain([], network).mine(alice).mine(alice).mine(alice);
    const fork = chain.fork(0, []).mine(bob).mine(bob).mine(bob);
    const spender = payFee(0n, [chain.reward(0)]);
    const list = { type: 'ListCandidates' as const, query: { ...ANY, explain: true } };
    const waits = [waiting(spender, { coinbaseHeight: 0 })];
    const scene = { network, waits, tip: { height: 2, times: [1, 2, 3] } };
    const down = [chain.unfollow(2), chain.unfollow(1)];
    const midway = pool(scene).when(...down, list);
    expect(midway.decisions.at(-1)?.reply).toMatchObject({
      transactions: [],
      leftOut: [{ txid: txidOf(spender), code: 'bad-txns-premature-spend-of-coinbase' }],
    });
    const end = pool(scene).when(...down, fork.follow(1), fork.follow(2), list);
    expect(stories(end.events)).toEqual([]);
    expect(end.decisions.at(-1)?.reply).toMatchObject({ transactions: [{ txid: txidOf(spender) }], leftOut: [] });
  });

  it('evicts at its end what is too early by the new chain’s clock: bad-txns-nonfinal', () => {
    const unsigned = {
      ...payment,
      lockTime: GENESIS_TIME + 5_000,
      inputs: payment.inputs.map((each) => ({ ...each, sequence: 0 })),
    };
    const locked = signed(unsigned, [coin], alice);
    const times = Array.from({ length: 11 }, () => GENESIS_TIME + 10_000);
    const chain = new TestChain(coins).mine(alice).mine(alice);
    const fork = chain.fork(0, coins).mine(bob).mine(bob);
    const { events } = pool({
      waits: [waiting(locked)],
      tip: { height: 1, times: [GENESIS_TIME, ...times.slice(0, 1)] },
    }).when(chain.unfollow(1), fork.follow(1), fork.follow(2));
    expect(stories(events)).toEqual([['TransactionEvicted', txidOf(locked), 'bad-txns-nonfinal']]);
  });

  it('that ends lower is over when a whole sweep has found the same tip: then what is too early goes', () => {
    const network = maturing(3);
    const chain = new TestChain([], network).mine(alice).mine(alice).mine(alice);
    const spender = payFee(0n, [chain.reward(0)]);
    const sweep: PoolCommand = { type: 'SweepPool', now: NOW };
    const scene = { network, waits: [waiting(spender, { coinbaseHeight: 0 })], tip: { height: 2, times: [1, 2, 3] } };
    const { decisions } = pool(scene).when(sweep, chain.unfollow(2), sweep, sweep);
    expect(decisions.map(({ events }) => stories(events))).toEqual([
      [],
      [],
      [],
      [['TransactionEvicted', txidOf(spender), 'bad-txns-premature-spend-of-coinbase']],
    ]);
  });
});

describe('connecting and then disconnecting a block', () => {
  it('gives back the pool, whatever of it the block held', () => {
    const links = chainFrom(coin, 6);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.boolean(), (count, withOther) => {
        const inside = [...(withOther ? [other] : []), ...links.slice(0, count)];
        const chain = new TestChain(coins).mine(alice).mine(alice, ...inside);
        const facts: Waiting[] = [...links, other].map((each, index) => waiting(each, { receivedAt: NOW + index }));
        const seen = inside.map((each) => facts.find(({ txid }) => txid === txidOf(each))?.receivedAt ?? null);
        const scene = { coins, waits: facts, tip: { height: 0, times: [1] } };
        const { state } = pool(scene).when(chain.follow(1), chain.unfollow(1, [null, ...seen]));
        expect(order(state.pool)).toEqual([...links, other].map(txidOf));
        for (const { txid, sizeBytes, parents } of state.pool.values()) {
          const transaction = [...links, other].find((each) => txidOf(each) === txid) as Transaction;
          expect(sizeBytes).toBe(encodeTransaction(transaction).length);
          expect(parents.size).toBe(transaction === other || transaction === links[0] ? 0 : 1);
        }
      }),
      { numRuns: 14 },
    );
  });

  it('leaves what may be submitted afterwards as before', () => {
    const chain = new TestChain(coins).mine(alice).mine(alice, payment);
    pool({ coins, tip: { height: 0, times: [1] } })
      .when(chain.follow(1), chain.unfollow(1), submit(child), submit(rival))
      .thenReplies({ ok: true }, { ok: true }, { ok: true }, { ok: false, code: 'txn-mempool-conflict' });
  });
});
