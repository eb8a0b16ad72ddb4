/** The graph of waiting transactions: whatever is done to it and taken back leaves no trace; the cheapest is the cheapest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Transaction, Txid } from '@pocket/chain';
import { Heap } from '../src/domain/heap.ts';
import { compareArrival, feeRateOf, Pool, totalOf, walk, type PoolEntry, type Waiting } from '../src/domain/pool.ts';

const txidNumber = (number: number): Txid => number.toString(16).padStart(64, '0') as Txid;

/** Transaction `number` spends output `number` of each of `parents`; nobody checks what it is worth. */
function made(number: number, parents: number[], fee: number): Waiting {
  const inputs = [...new Set(parents)].map((parent) => ({
    prevout: { txid: txidNumber(parent), vout: number },
    scriptSig: new Uint8Array(0),
    sequence: 0,
  }));
  const outputs = Array.from({ length: 12 }, () => ({ value: 1n, scriptPubKey: new Uint8Array(0) }));
  const transaction: Transaction = { version: 1, inputs, outputs, lockTime: 0 };
  const times = { receivedAt: number % 3, waitingSince: number % 3 };
  const facts = { sizeBytes: 100 + number, ...times, coinbaseHeight: undefined };
  return { txid: txidNumber(number), transaction, fee: BigInt(fee), ...facts };
}

type Step = { add: boolean; number: number; parents: number[]; fee: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    add: fc.boolean(),
    number: fc.integer({ min: 0, max: 11 }),
    parents: fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 3 }),
    fee: fc.integer({ min: 0, max: 1_000 }),
  }),
  { maxLength: 30 },
);

/** Parents have lower numbers, so that there is no circle. */
function run(pool: Pool, all: Step[]): void {
  for (const { add, number, parents, fee } of all)
    if (!add) pool.remove(txidNumber(number));
    else if (!pool.has(txidNumber(number)))
      pool.add(
        made(
          number,
          parents.filter((parent) => parent < number),
          fee,
        ),
      );
}

function picture(pool: Pool) {
  const names = (entries: Iterable<PoolEntry>) => [...entries].map(({ txid }) => txid).sort();
  return {
    sizeBytes: pool.sizeBytes,
    entries: [...pool.values()]
      .map((entry) => ({
        ...entry,
        parents: names(entry.parents),
        children: names(entry.children),
        spends: entry.transaction.inputs.map(({ prevout }) => pool.spenderOf(prevout)?.txid),
      }))
      .sort((left, right) => left.ordinal - right.ordinal),
  };
}

describe('an attempt', () => {
  it('that is not kept leaves the pool as it was', () => {
    fc.assert(
      fc.property(steps, steps, fc.boolean(), (before, attempted, priced) => {
        const pool = new Pool();
        run(pool, before);
        if (priced) pool.cheapest();
        const was = picture(pool);
        pool.attempt(() => {
          run(pool, attempted);
          return { keep: false, value: undefined };
        });
        expect(picture(pool)).toEqual(was);
      }),
    );
  });

  it('that is kept inside one that is not is taken back too, and one that throws as well', () => {
    const pool = new Pool();
    pool.add(made(1, [], 5));
    const was = picture(pool);
    pool.attempt(() => {
      pool.attempt(() => ({ keep: true, value: pool.add(made(2, [1], 5)) }));
      pool.remove(txidNumber(1));
      return { keep: false, value: undefined };
    });
    const throws = () => {
      pool.remove(txidNumber(1));
      throw new Error('why');
    };
    expect(() => pool.attempt(throws)).toThrow('why');
    expect(picture(pool)).toEqual(was);
  });

  it('that is kept stays', () => {
    const pool = new Pool();
    pool.attempt(() => ({ keep: true, value: pool.add(made(2, [], 5)) }));
    expect(pool.size).toBe(1);
  });
});

describe('the graph', () => {
  it('joins a parent that comes back behind its child', () => {
    const pool = new Pool();
    const child = pool.add(made(5, [2], 1));
    const parent = pool.add(made(2, [], 1));
    expect([...child.parents]).toEqual([parent]);
    expect([...walk([parent], 'children')]).toEqual([parent, child]);
  });

  it('always knows both ends of every join, and its bytes', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const pool = new Pool();
        run(pool, all);
        for (const entry of pool.values()) {
          const wanted = entry.transaction.inputs.flatMap(({ prevout }) => pool.get(prevout.txid) ?? []);
          expect(entry.parents).toEqual(new Set(wanted));
          for (const child of entry.children) expect(child.parents.has(entry)).toBe(true);
        }
        expect(pool.sizeBytes).toBe(totalOf(pool.values()).sizeBytes);
      }),
    );
  });
});

describe('the cheapest', () => {
  it('is the one that looking at all would find, at any time', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 6 }), (parts) => {
        const pool = new Pool();
        for (const part of parts) {
          run(pool, part);
          expect(pool.cheapest()?.txid).toBe(cheapestOf([...pool.values()])?.txid);
        }
      }),
    );
  });

  const priceOf = (entry: PoolEntry) => Math.max(feeRateOf(entry), feeRateOf(totalOf(walk([entry], 'children'))));
  const cheapestOf = (entries: PoolEntry[]) =>
    entries.sort((left, right) => priceOf(left) - priceOf(right) || compareArrival(right, left))[0];

  it('and those after it come in the order in which eviction finds them, and asking changes nothing', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const pool = new Pool();
        run(pool, before);
        pool.cheapest();
        run(pool, after);
        const was = picture(pool);
        const told = [...pool.inEvictionOrder()].map(({ payment, total }) => [feeRateOf(payment), total.count]);
        expect(picture(pool)).toEqual(was);
        const found: number[][] = [];
        for (let next = pool.cheapest(); next !== undefined; next = pool.cheapest()) {
          const leaving = [...walk([next], 'children')];
          found.push([priceOf(next), leaving.length]);
          for (const { txid } of leaving) pool.remove(txid);
        }
        expect(told).toEqual(found);
      }),
      { seed: 1600076586, numRuns: 300 },
    );
  });

  it('is none of an empty or emptied pool', () => {
    const pool = new Pool();
    pool.add(made(1, [], 5));
    expect(pool.cheapest()?.txid).toBe(txidNumber(1));
    pool.clear();
    expect(pool.cheapest()).toBeUndefined();
  });
});

describe('a heap', () => {
  it('gives back in order what was put in without', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (numbers) => {
        const heap = new Heap<number>((left, right) => left < right);
        for (const number of numbers) heap.push(number);
        const popped = Array.from({ length: heap.size }, () => heap.pop());
        expect(popped).toEqual([...numbers].sort((left, right) => left - right));
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });
});
