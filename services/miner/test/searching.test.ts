/**
 * A search that lasts: what ends it, how soon, and what the log says of it. The chainstate, the pool and the workers are
 * stand-ins, and so is the time.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeTransaction, networks, txidOf, type Transaction } from '@pocket/chain';
import type { MinerEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { contextOfOwn } from '@pocket/service-kit';
import { coinOf, ownerOf, spend } from '@pocket/testkit/builders';
import type { MinerCommand } from '../src/domain/decide.ts';
import type { SearchOptions } from '../src/jobs.ts';
import { createMining, mineBlock, type MiningParts } from '../src/mining.ts';
import { search, SearchStoppedError, type SearchEnd } from '../src/searching.ts';
import type { FoundNonce, SearchRequest } from '../src/slice-search.ts';
import { makeTemplate, nothingRefused } from '../src/templates.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const [TIP, OTHER_TIP] = ['ab'.repeat(32), 'cd'.repeat(32)];
const [a, b] = [1, 2].map((number) => spend([coinOf(alice, 10n, number)], alice, [bob, 10n])) as [
  Transaction,
  Transaction,
];
const order = { address: alice.address, maxTransactions: 10 };

/** A world that can change while it is searched in. */
class World {
  tip = TIP;
  pool: Transaction[] = [a];
  readonly recorded: MinerEvent[] = [];
  readonly searches: SearchRequest[] = [];
  readonly listeners = new Set<(log: string) => void>();
  asked = 0;
  /** Ends the search under way with this nonce. */
  find: (found: FoundNonce) => void = () => undefined;

  readonly parts = {
    chainstate: {
      get: () => Promise.resolve({ ok: true, value: this.#tipView() }),
      post: () => Promise.resolve({ ok: true, value: { blockHash: TIP, height: 7 } }),
    },
    pool: { get: () => Promise.resolve({ ok: true, value: this.#candidates() }) },
    jobs: {
      search: (request: SearchRequest, options?: SearchOptions) => this.#search(request, options),
      reach: () => Promise.resolve(),
    },
    board: { begin: () => ({ progressed: () => undefined, end: () => undefined }) },
    changes: {
      listen: (heard: (log: string) => void) => {
        this.listeners.add(heard);
        return () => this.listeners.delete(heard);
      },
    },
    writer: {
      execute: ({ event }: MinerCommand) => {
        this.recorded.push(event);
        return Promise.resolve({ reply: undefined, position: undefined, eventIds: [event.type] });
      },
    },
  } as unknown as MiningParts;

  say(log: string): void {
    for (const heard of this.listeners) heard(log);
  }

  #search(request: SearchRequest, options?: SearchOptions): Promise<FoundNonce> {
    this.searches.push(request);
    return new Promise((resolve, reject) => {
      this.find = resolve;
      options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error));
    });
  }

  #tipView() {
    this.asked++;
    const { name: network, initialBits: bits } = networks.pocket;
    const next = { height: 7, previousBlockHash: this.tip, bits, medianTimePast: 0 };
    return { chainId: 'chain', network, blockHash: this.tip, height: 6, next };
  }

  #candidates() {
    const offered = (transaction: Transaction, index: number) => {
      const hex = bytesToHex(encodeTransaction(transaction));
      return { txid: txidOf(transaction), hex, fee: '0', receivedAt: index + 1 };
    };
    return { tip: this.tip, transactions: this.pool.map(offered), leftOut: [] };
  }
}

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Begins to search; `outcome` is how it ended, so far. */
async function begin(options: SearchOptions = {}) {
  const refused = nothingRefused();
  const template = await makeTemplate(world.parts, contextOfOwn(), order, refused);
  if (!template.ok || template.value === undefined) throw new Error('no template');
  const state: { end?: SearchEnd; error?: unknown } = {};
  search(world.parts, contextOfOwn(), { order, refused, template: template.value }, options).then(
    (end) => (state.end = end),
    (error: unknown) => (state.error = error),
  );
  await vi.advanceTimersByTimeAsync(60);
  return state;
}

const after = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const outcomes = () => world.recorded.map(({ type, data }) => [type, 'reason' in data ? data.reason : undefined]);

describe('a search', () => {
  it('that ends at once listens to nobody', async () => {
    const refused = nothingRefused();
    const template = await makeTemplate(world.parts, contextOfOwn(), order, refused);
    const asked = world.asked;
    if (!template.ok || template.value === undefined) throw new Error('no template');
    const searching = search(world.parts, contextOfOwn(), { order, refused, template: template.value });
    await after(10);
    world.find({ roll: 0, nonce: 5 });
    expect(await searching).toMatchObject({ found: { block: { header: { nonce: 5 } } } });
    await after(100);
    expect([world.listeners.size, world.asked]).toEqual([0, asked]);
  });

  it('gives the block with the extra nonce that was searched', async () => {
    const state = await begin();
    const [request] = world.searches;
    world.find({ roll: 3, nonce: 9 });
    await after(0);
    const block = state.end !== undefined && 'found' in state.end ? state.end.found.block : undefined;
    expect(block?.header.merkleRoot).not.toBe(undefined);
    const root = request?.headerOf(3).slice(36, 68).reverse();
    expect(block?.header.merkleRoot).toBe(bytesToHex(root ?? new Uint8Array()));
  });

  it('is superseded by a new tip as soon as there is word of it', async () => {
    const state = await begin();
    world.tip = OTHER_TIP;
    world.say('chainstate');
    await after(0);
    expect(state.end).toEqual({ superseded: 'the tip has moved' });
    expect(outcomes()).toEqual([
      ['MiningRequested', undefined],
      ['MiningStopped', { code: 'superseded', message: 'the tip has moved' }],
    ]);
    expect(world.listeners.size).toBe(0);
  });

  it('is superseded by a tip that moved before it was watched', async () => {
    const refused = nothingRefused();
    const template = await makeTemplate(world.parts, contextOfOwn(), order, refused);
    world.tip = OTHER_TIP;
    if (!template.ok || template.value === undefined) throw new Error('no template');
    const searching = search(world.parts, contextOfOwn(), { order, refused, template: template.value });
    await after(60);
    expect(await searching).toEqual({ superseded: 'the tip has moved' });
  });

  it('is not superseded by word of a chain whose tip has not moved', async () => {
    const state = await begin();
    world.say('chainstate');
    await after(4_000);
    expect(state).toEqual({});
  });

  it('is superseded by a changed pool, but not more often than every five seconds', async () => {
    const state = await begin();
    world.pool = [a, b];
    world.say('tx-pool');
    await after(4_800);
    expect(state).toEqual({});
    await after(200);
    expect(state.end).toEqual({ superseded: 'the pool has other transactions for it' });
  });

  it('asks nobody while nothing is heard, but for a look every half minute', async () => {
    const state = await begin();
    const asked = world.asked;
    world.pool = [];
    await after(29_000);
    expect([state, world.asked]).toEqual([{}, asked]);
    await after(1_000);
    expect(state.end).toEqual({ superseded: 'the pool has other transactions for it' });
  });

  it('is superseded when its block would bear too early a time', async () => {
    const state = await begin();
    await after(59_000);
    expect(state).toEqual({});
    await after(1_500);
    expect(state.end).toEqual({ superseded: 'its time has passed' });
  });

  it('goes on while nobody can be asked', async () => {
    const state = await begin();
    world.parts.chainstate.get = () => Promise.reject(new Error('away'));
    world.say('chainstate');
    world.say('tx-pool');
    await after(20_000);
    expect(state).toEqual({});
  });

  it.each([
    [new DOMException('This operation was aborted', 'AbortError'), 'cancelled'],
    [new SearchStoppedError('mode-changed', 'mining was switched off'), 'mode-changed'],
    [new Error('out of order'), 'mining-failed'],
  ])('that is given up with %s says so', async (reason, code) => {
    const giveUp = new AbortController();
    const state = await begin({ signal: giveUp.signal });
    giveUp.abort(reason);
    await after(0);
    expect(state.error).toBe(reason);
    expect(outcomes().at(-1)).toEqual(['MiningStopped', { code, message: expect.any(String) as string }]);
  });
});

describe('an order', () => {
  it('goes on with the next template', async () => {
    const mining = mineBlock(world.parts, contextOfOwn(), order);
    await after(60);
    world.tip = OTHER_TIP;
    world.say('chainstate');
    await after(0);
    expect(world.searches).toHaveLength(2);
    world.find({ roll: 0, nonce: 1 });
    expect(await mining).toMatchObject({ ok: true, value: { height: 7 } });
  });

  it('ends after fifty seconds, whatever its templates', async () => {
    const mining = createMining(world.parts)(contextOfOwn(), order);
    await after(49_000);
    expect(outcomes()).toEqual([['MiningRequested', undefined]]);
    await after(1_000);
    expect(await mining).toMatchObject({ ok: false, problem: { code: 'mining-timeout', status: 504 } });
    expect(outcomes().at(-1)).toMatchObject(['MiningStopped', { code: 'mining-timeout' }]);
  });

  it('waits for its turn within its fifty seconds, and what could not begin in them is not mined', async () => {
    const mine = createMining(world.parts);
    const first = mine(contextOfOwn(), order);
    await after(20_000);
    const second = mine(contextOfOwn(), order);
    await after(30_000);
    expect(await first).toMatchObject({ ok: false, problem: { code: 'mining-timeout' } });
    expect(world.searches).toHaveLength(2);
    const third = mine(contextOfOwn(), order);
    await after(20_000);
    expect(await second).toMatchObject({ ok: false, problem: { code: 'mining-timeout' } });
    expect(world.searches).toHaveLength(3);
    world.find({ roll: 0, nonce: 1 });
    expect(await third).toMatchObject({ ok: true, value: { height: 7 } });
  });

  it('that is given up while it waits for its turn is not begun', async () => {
    const mine = createMining(world.parts);
    const first = mine(contextOfOwn(), order);
    const leaving = new AbortController();
    const second = expect(mine(contextOfOwn(), order, leaving.signal)).rejects.toThrow('gone');
    await after(0);
    leaving.abort(new SearchStoppedError('cancelled', 'whoever asked has gone'));
    world.find({ roll: 0, nonce: 1 });
    expect(await first).toMatchObject({ ok: true });
    await second;
    expect(world.searches).toHaveLength(1);
  });

  it('is refused where a thousand wait already, and taken again when they do not', async () => {
    const mine = createMining(world.parts);
    const orders = Array.from({ length: 1_000 }, () => mine(contextOfOwn(), order));
    await expect(mine(contextOfOwn(), order)).rejects.toThrow('1000 orders wait already');
    await after(50_000);
    const ends = await Promise.all(orders);
    expect(ends.filter(({ ok }) => ok)).toEqual([]);
    expect(world.searches).toHaveLength(1);
    const next = mine(contextOfOwn(), order);
    await after(0);
    world.find({ roll: 0, nonce: 1 });
    expect(await next).toMatchObject({ ok: true });
  });
});
