/** What a miner may take: by arrival, by fee rate with those it needs, within limits, and why not the rest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { txidOf, type Transaction } from '@pocket/chain';
import type { CandidateQuery } from '@pocket/contracts';
import { coinOf, spend } from '@pocket/testkit/builders';
import { selectCandidates } from '../src/domain/selection.ts';
import type { Waiting } from '../src/domain/pool.ts';
import { alice, chainFrom, hexOf, NOW, outputOf, payFee, stateOf, waiting } from './pool-scenario.ts';

const coins = Array.from({ length: 12 }, (_, index) => coinOf(alice, 1_000_000n, index + 1));
const of = (fee: bigint, index: number): Transaction => payFee(fee, coins.slice(index, index + 1));
const cheap = of(10n, 0);
const dear = of(5_000n, 1);
const middle = of(600n, 2);
const rescue = payFee(4_000n, [outputOf(cheap, 0)]);

const at = (transaction: Transaction, fee: bigint, arrival: number): Waiting =>
  waiting(transaction, { fee, receivedAt: NOW + arrival });
const waits = [at(cheap, 10n, 0), at(dear, 5_000n, 1), at(middle, 600n, 2), at(rescue, 4_000n, 3)];
const ALL: CandidateQuery = { limit: 100, maxSizeBytes: 1_000_000, order: 'arrival', explain: false };

function select(changes: Partial<CandidateQuery>, all = waits) {
  const { transactions, leftOut } = selectCandidates({ ...ALL, ...changes }, stateOf({ waits: all }));
  return { taken: transactions.map(({ txid }) => txid), left: leftOut.map(({ txid, code }) => [txid, code]) };
}

describe('by arrival', () => {
  it('is first come, first served, with all that the miner must know', () => {
    const { tip, transactions } = selectCandidates({ ...ALL, limit: 1 }, stateOf({ waits }));
    expect(tip).toBeNull();
    expect(transactions).toEqual([{ txid: txidOf(cheap), hex: hexOf(cheap), fee: '10', receivedAt: NOW }]);
    expect(select({}).taken).toEqual([cheap, dear, middle, rescue].map(txidOf));
  });

  it('stops at the limit and says so: max-transactions', () => {
    expect(select({ limit: 2, explain: true })).toEqual({
      taken: [cheap, dear].map(txidOf),
      left: [
        [txidOf(middle), 'max-transactions'],
        [txidOf(rescue), 'max-transactions'],
      ],
    });
  });

  it('stops at the first that does not fit, which nobody overtakes: block-full', () => {
    const big = spend(
      [coins[5] ?? coinOf(alice, 1n, 9)],
      alice,
      ...Array.from({ length: 50 }, () => [alice, 1n] as [typeof alice, bigint]),
    );
    const all = [at(cheap, 10n, 0), at(big, 0n, 1), at(rescue, 4_000n, 2)];
    expect(select({ maxSizeBytes: 500, explain: true }, all)).toEqual({
      taken: [txidOf(cheap)],
      left: [
        [txidOf(big), 'block-full'],
        [txidOf(rescue), 'block-full'],
      ],
    });
  });

  it('explains nothing unless asked', () => {
    expect(select({ limit: 0 })).toEqual({ taken: [], left: [] });
  });
});

describe('by fee rate', () => {
  it('takes the best first, and a cheap one for the child that pays for it, directly before that child', () => {
    expect(select({ order: 'fee-rate' }).taken).toEqual([dear, cheap, rescue, middle].map(txidOf));
  });

  it('leaves out what pays least, and whatever needs what is left out', () => {
    expect(select({ order: 'fee-rate', limit: 2, explain: true })).toEqual({
      taken: [dear, cheap].slice(0, 1).concat(middle).map(txidOf),
      left: [
        [txidOf(cheap), 'max-transactions'],
        [txidOf(rescue), 'parent-left-out'],
      ],
    });
  });

  it('looks on for what fits beside a package that does not: block-full', () => {
    const { taken, left } = select({ order: 'fee-rate', maxSizeBytes: 400, explain: true });
    expect(taken).toEqual([dear, middle].map(txidOf));
    expect(left).toEqual([
      [txidOf(cheap), 'block-full'],
      [txidOf(rescue), 'parent-left-out'],
    ]);
  });

  it('takes what pays the same in the order of its arrival', () => {
    const same = [of(0n, 3), of(0n, 4), of(0n, 5)].map((each, index) => at(each, 0n, 5 - index));
    const taken = select({ order: 'fee-rate' }, same).taken;
    const arrivals = taken.map((txid) => same.find((each) => each.txid === txid)?.receivedAt ?? 0);
    expect(arrivals).toEqual([...arrivals].sort((left, right) => left - right));
  });
});

describe('both', () => {
  const links = chainFrom(coinOf(alice, 1_000_000n, 99), 6);
  const children = [0, 2].map((index) => payFee(1n, coins.slice(index, index + 1)));
  const facts = [...links, ...children, dear];

  it('take each once, behind all it needs, within the limits, and account for everything', () => {
    const anyQuery = fc.record({
      limit: fc.integer({ min: 0, max: 10 }),
      maxSizeBytes: fc.integer({ min: 0, max: 2_000 }),
      order: fc.constantFrom('arrival' as const, 'fee-rate' as const),
      explain: fc.constant(true),
    });
    const fees = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: facts.length, maxLength: facts.length });
    fc.assert(
      fc.property(anyQuery, fees, (query, rates) => {
        const all = facts.map((each, index) => at(each, BigInt(rates[index] ?? 0), index));
        const { taken, left } = select(query, all);
        expect([...taken, ...left.map(([txid]) => txid)].sort()).toEqual(facts.map(txidOf).sort());
        expect(taken.length).toBeLessThanOrEqual(query.limit);
        const bytes = all.filter(({ txid }) => taken.includes(txid)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
        expect(bytes).toBeLessThanOrEqual(query.maxSizeBytes);
        const chain = taken.flatMap((txid) => links.findIndex((link) => txidOf(link) === txid)).filter((at) => at >= 0);
        expect(chain).toEqual(chain.map((_, index) => index));
      }),
    );
  });

  it('answer the same for the same pool, in whatever order it was filled', () => {
    const all = [of(7n, 6), of(7n, 7), of(9n, 8)].map((each, index) => at(each, 7n, index));
    for (const order of ['arrival', 'fee-rate'] as const)
      expect(select({ order }, [...all].reverse())).toEqual(select({ order }, all));
  });

  it('are quick for 50,000', () => {
    const { transaction, ...rest } = waiting(cheap);
    const many = Array.from({ length: 50_000 }, (_, index) => {
      const [input] = transaction.inputs;
      const txid = `ee${index.toString(16).padStart(62, '0')}` as Waiting['txid'];
      const inputs = input === undefined ? [] : [{ ...input, prevout: { txid, vout: 0 } }];
      return { ...rest, txid, transaction: { ...transaction, inputs }, fee: BigInt((index * 7_919) % 10_007) };
    });
    const state = stateOf({ waits: many });
    const began = performance.now();
    const { transactions, leftOut } = selectCandidates(
      { ...ALL, limit: 6_000, order: 'fee-rate', explain: true },
      state,
    );
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(transactions.length + leftOut.length).toBe(50_000);
    expect(transactions).toHaveLength(Math.min(6_000, Math.floor(1_000_000 / rest.sizeBytes)));
  });
});
