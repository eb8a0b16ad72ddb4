/** What a miner may take: by arrival, by fee rate with those it needs, within limits, and why not the rest. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { txidOf, type Transaction } from '@pocket/chain';
import type { CandidateQuery } from '@pocket/contracts';
import { coinOf, spend } from '@pocket/testkit/builders';
import { selectCandidates } from '../src/domain/selection.ts';
import type { Waiting } from '../src/domain/pool.ts';
import { alice, ANY, bob, chainFrom, hexOf, NOW, outputOf, payFee, stateOf, waiting } from './pool-scenario.ts';

const coins = Array.from({ length: 12 }, (_, index) => coinOf(alice, 1_000_000n, index + 1));
const of = (fee: bigint, index: number): Transaction => payFee(fee, coins.slice(index, index + 1));
const cheap = of(10n, 0);
const dear = of(5_000n, 1);
const middle = of(600n, 2);
const rescue = payFee(4_000n, [outputOf(cheap, 0)]);

const at = (transaction: Transaction, fee: bigint, arrival: number): Waiting =>
  waiting(transaction, { fee, receivedAt: NOW + arrival });
const waits = [at(cheap, 10n, 0), at(dear, 5_000n, 1), at(middle, 600n, 2), at(rescue, 4_000n, 3)];

function select(changes: Partial<CandidateQuery>, all = waits) {
  const { transactions, leftOut } = selectCandidates({ ...ANY, ...changes }, stateOf({ waits: all }));
  return {
    taken: transactions.map(({ txid }) => txid),
    left: leftOut.map(({ txid, code }) => [txid, code]),
    why: leftOut.map(({ message }) => message),
  };
}

/** The first payments, unsigned and of coins of their own, each with `outputs` outputs. */
function unsigned(count: number, outputs: number, fee: bigint, first: number): Waiting[] {
  const { transaction } = waiting(cheap);
  const [input, output] = [transaction.inputs[0], transaction.outputs[0]];
  if (input === undefined || output === undefined) throw new Error('a payment has an input and an output');
  return Array.from({ length: count }, (_, index) => {
    const named = (start: string) => (start + (first + index).toString(16).padStart(62, '0')) as Waiting['txid'];
    const wide = {
      ...transaction,
      inputs: [{ ...input, prevout: { txid: named('dd'), vout: 0 } }],
      outputs: Array.from({ length: outputs }, () => output),
    };
    return { ...waiting(wide, { fee, receivedAt: NOW + first + index }), txid: named('ee') };
  });
}

describe('by arrival', () => {
  it('is first come, first served, with all that the miner must know', () => {
    const { tip, transactions } = selectCandidates({ ...ANY, limit: 1 }, stateOf({ waits }));
    expect(tip).toBeNull();
    expect(transactions).toEqual([{ txid: txidOf(cheap), hex: hexOf(cheap), fee: '10', receivedAt: NOW }]);
    expect(select({}).taken).toEqual([cheap, dear, middle, rescue].map(txidOf));
  });

  it('stops at the limit and says so: max-transactions', () => {
    const message = 'no more than 2 transactions were asked for';
    expect(select({ limit: 2, explain: true })).toEqual({
      taken: [cheap, dear].map(txidOf),
      left: [
        [txidOf(middle), 'max-transactions'],
        [txidOf(rescue), 'max-transactions'],
      ],
      why: [message, message],
    });
  });

  it('stops at the first that does not fit, which nobody overtakes: block-full', () => {
    const big = spend(
      [coins[5] ?? coinOf(alice, 1n, 9)],
      alice,
      ...Array.from({ length: 50 }, () => [alice, 1n] as [typeof alice, bigint]),
    );
    const all = [at(cheap, 10n, 0), at(big, 0n, 1), at(rescue, 4_000n, 2)];
    const [first, , last] = all.map(({ sizeBytes }) => sizeBytes);
    const bytes = waiting(big).sizeBytes;
    const reason = `its ${bytes} bytes do not fit: of 500 the others leave ${500 - (first ?? 0)}`;
    expect(last).toBeLessThan(500 - (first ?? 0));
    expect(select({ maxSizeBytes: 500, explain: true }, all)).toEqual({
      taken: [txidOf(cheap)],
      left: [
        [txidOf(big), 'block-full'],
        [txidOf(rescue), 'block-full'],
      ],
      why: [reason, `nobody overtakes ${txidOf(big)}, which came before it: ${reason}`],
    });
  });

  it('stops at the first whose signature operations are too many, too: block-sigops', () => {
    const [first, wide, small] = [...unsigned(1, 3, 0n, 0), ...unsigned(1, 5, 9n, 1), ...unsigned(1, 1, 9n, 2)];
    const all = [first, wide, small] as Waiting[];
    const reason = 'its 5 signature operations do not fit: of 7 the others leave 4';
    expect(select({ maxSignatureOperations: 7, explain: true }, all)).toEqual({
      taken: [first?.txid],
      left: [
        [wide?.txid, 'block-sigops'],
        [small?.txid, 'block-sigops'],
      ],
      why: [reason, `nobody overtakes ${wide?.txid}, which came before it: ${reason}`],
    });
    expect(select({ maxSignatureOperations: 8 }, all).taken).toHaveLength(2);
    expect(select({ maxSignatureOperations: 9 }, all).taken).toHaveLength(3);
  });

  it('explains nothing unless asked', () => {
    expect(select({ limit: 0 })).toEqual({ taken: [], left: [], why: [] });
  });
});

describe('by fee rate', () => {
  it('takes the best first, and a cheap one for the child that pays for it, directly before that child', () => {
    expect(select({ order: 'fee-rate' }).taken).toEqual([dear, cheap, rescue, middle].map(txidOf));
  });

  it('leaves out what pays least, and whatever needs what is left out', () => {
    expect(select({ order: 'fee-rate', limit: 2, explain: true })).toMatchObject({
      taken: [dear, cheap].slice(0, 1).concat(middle).map(txidOf),
      left: [
        [txidOf(cheap), 'max-transactions'],
        [txidOf(rescue), 'parent-left-out'],
      ],
    });
  });

  it('looks on for what fits beside a package that does not: block-full', () => {
    const { taken, left, why } = select({ order: 'fee-rate', maxSizeBytes: 400, explain: true });
    expect(taken).toEqual([dear, middle].map(txidOf));
    const room = 400 - waiting(dear).sizeBytes - waiting(middle).sizeBytes;
    expect(why).toEqual([
      `its ${waiting(cheap).sizeBytes} bytes do not fit: of 400 the others leave ${room}`,
      `it spends an output of ${txidOf(cheap)}, which is left out`,
    ]);
    expect(left).toEqual([
      [txidOf(cheap), 'block-full'],
      [txidOf(rescue), 'parent-left-out'],
    ]);
  });

  it('passes over what has too many signature operations, and goes on: block-sigops', () => {
    const wide = unsigned(8, 2_900, 740_000n, 0);
    const small = unsigned(1_000, 1, 200n, 8);
    const { taken, left, why } = select({ order: 'fee-rate', limit: 2_000, explain: true }, [...wide, ...small]);
    expect(taken).toEqual([...wide.slice(0, 6), ...small].map(({ txid }) => txid));
    expect(left).toEqual(wide.slice(6).map(({ txid }) => [txid, 'block-sigops']));
    const message = 'its 2900 signature operations do not fit: of 19900 the others leave 1500';
    expect(why).toEqual([message, message]);
  });

  it('takes a small one however many do not fit before it', () => {
    const wide = unsigned(1_200, 10, 5_000n, 0);
    const small = unsigned(3, 1, 1n, 1_200);
    const { taken } = select({ order: 'fee-rate', maxSignatureOperations: 5 }, [...wide, ...small]);
    expect(taken).toEqual(small.map(({ txid }) => txid));
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
  const fan = spend(
    [coinOf(alice, 9n, 98)],
    alice,
    ...Array.from({ length: 5 }, () => [bob, 1n] as [typeof bob, bigint]),
  );
  const facts = [...links, ...children, dear, fan];
  const sumOf = (all: Waiting[], amountOf: (each: Waiting) => number) =>
    all.reduce((sum, each) => sum + amountOf(each), 0);

  it('take each once, behind all it needs, within the limits, and account for everything', () => {
    const anyQuery = fc.record({
      limit: fc.integer({ min: 0, max: 10 }),
      maxSizeBytes: fc.integer({ min: 0, max: 2_000 }),
      maxSignatureOperations: fc.integer({ min: 0, max: 15 }),
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
        const chosen = all.filter(({ txid }) => taken.includes(txid));
        const bytes = sumOf(chosen, ({ sizeBytes }) => sizeBytes);
        expect(bytes).toBeLessThanOrEqual(query.maxSizeBytes);
        const operations = sumOf(chosen, ({ transaction }) => transaction.outputs.length);
        expect(operations).toBeLessThanOrEqual(query.maxSignatureOperations);
        for (const [txid, code] of query.order === 'fee-rate' ? left : []) {
          const { sizeBytes = 0, transaction } = all.find((each) => each.txid === txid) ?? {};
          if (code === 'block-full') expect(bytes + sizeBytes).toBeGreaterThan(query.maxSizeBytes);
          if (code === 'block-sigops')
            expect(operations + (transaction?.outputs.length ?? 0)).toBeGreaterThan(query.maxSignatureOperations);
          if (code === 'max-transactions') expect(taken).toHaveLength(query.limit);
        }
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

  it('are so many as fit of 6,000, and of each other one it is said why not', () => {
    const many = unsigned(6_000, 1, 0n, 0).map((each, index) => ({ ...each, fee: BigInt((index * 7_919) % 10_007) }));
    const { transactions, leftOut } = selectCandidates(
      { ...ANY, limit: 6_000, order: 'fee-rate', explain: true },
      stateOf({ waits: many }),
    );
    expect(transactions).toHaveLength(Math.floor(1_000_000 / waiting(cheap).sizeBytes));
    expect(transactions.length + leftOut.length).toBe(6_000);
  });
});
