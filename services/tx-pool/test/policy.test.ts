/** The pool's own rules: minimum fee, replacement, chains of waiting transactions, bounds. Limits are literals. */
import { describe, expect, it } from 'vitest';
import { txidOf, type NamedCoin, type Transaction } from '@pocket/chain';
import { coinOf, spend } from '@pocket/testkit/builders';
import {
  alice,
  bob,
  carol,
  chainFrom,
  NOW,
  order,
  outputOf,
  payFee,
  pool,
  stories,
  submit,
  waiting,
} from './pool-scenario.ts';

const coins = Array.from({ length: 130 }, (_, index) => coinOf(alice, 1_000_000n, index + 1));
const coin = (index: number): NamedCoin => coins[index] as NamedCoin;
function waits(transaction: Transaction, fee = 0n, receivedAt = NOW) {
  return waiting(transaction, { fee, receivedAt });
}

describe('the minimum fee', () => {
  it('is nothing by default', () => {
    pool({ coins })
      .when(submit(payFee(0n, [coin(0)])))
      .thenReply({ ok: true });
  });

  it('is a rate: what pays it exactly is let in, what pays less is not', () => {
    const transaction = payFee(200n, [coin(0)]);
    const highest = 200_000n / BigInt(waiting(transaction).sizeBytes);
    pool({ coins, policy: { minFeeRate: highest } })
      .when(submit(transaction))
      .thenReply({ ok: true });
    const { decisions } = pool({ coins, policy: { minFeeRate: highest + 1n } })
      .when(submit(transaction))
      .thenNothing();
    expect(decisions[0]?.reply).toMatchObject({
      ok: false,
      code: 'min relay fee not met',
      details: { found: '200', expected: 'at least 201' },
    });
  });

  it('is rounded up to whole base units', () => {
    pool({ coins, policy: { minFeeRate: 1n } })
      .when(submit(payFee(0n, [coin(0)])), submit(payFee(1n, [coin(0)])))
      .thenReplies({ ok: false, code: 'min relay fee not met' }, { ok: true });
  });
});

describe('a replacement', () => {
  const original = payFee(1_000n, [coin(0)]);
  const child = payFee(500n, [outputOf(original, 0)]);
  const scene = { coins, waits: [waits(original, 1_000n), waits(child, 500n)] };

  it('takes the place of what spends the same coins and of all that needs it: replaced', () => {
    const dear = payFee(2_000n, [coin(0)]);
    const { events, state } = pool(scene).when(submit(dear)).thenReply({ ok: true, fee: '2000' });
    expect(stories(events)).toEqual([
      ['TransactionEvicted', txidOf(original), 'replaced'],
      ['TransactionEvicted', txidOf(child), 'replaced'],
      ['TransactionAccepted', txidOf(dear)],
    ]);
    expect(state.pool.size).toBe(1);
  });

  it('needs no signal in the sequences of what it replaces', () => {
    expect(original.inputs[0]?.sequence).toBe(0xffffffff);
  });

  it('that is free is refused: txn-mempool-conflict', () => {
    pool(scene)
      .when(submit(payFee(0n, [coin(0)])))
      .thenNothing()
      .thenReply({ ok: false, code: 'txn-mempool-conflict' });
  });

  it.each([
    [1_500n, 'less than the fees of all it replaces and its own bytes'],
    [1_689n, 'one less than 1 base unit for each of its 190 bytes, at the least'],
  ])('that pays %s is refused, %s: insufficient fee', (fee) => {
    const { state } = pool(scene)
      .when(submit(payFee(fee, [coin(0)])))
      .thenNothing()
      .thenReply({ ok: false, code: 'insufficient fee' });
    expect(state.pool.size).toBe(2);
  });

  it('that pays for all it replaces and 192 for its bytes is let in', () => {
    pool(scene)
      .when(submit(payFee(1_692n, [coin(0)])))
      .thenReply({ ok: true });
  });

  it('that pays more in all but a worse rate is refused: insufficient fee', () => {
    const many = spend([coin(0), ...coins.slice(20, 40)], alice, [bob, 21_000_000n - 5_000n]);
    const { decisions } = pool({ coins, waits: [waits(original, 1_000n)] }).when(submit(many));
    const [bytes, size] = [waiting(many).sizeBytes, waiting(original).sizeBytes];
    const found = (Math.floor(5_000_000_000 / bytes) / 1_000).toString();
    const bar = (Math.ceil(1_000_000_000 / size) / 1_000).toString();
    expect(decisions[0]?.reply).toMatchObject({
      ok: false,
      code: 'insufficient fee',
      message: `the replacement pays this many base units for 1,000 bytes: ${found}, it must be more than the ${bar} of ${txidOf(original)}`,
      details: { found, expected: `more than the ${bar} of ${txidOf(original)}` },
    });
  });

  it('may not spend other unconfirmed outputs than the replaced: replacement-adds-unconfirmed', () => {
    const stranger = payFee(0n, [coin(1)]);
    const dear = payFee(9_000n, [coin(0), outputOf(stranger, 0)]);
    pool({ coins, waits: [waits(original, 1_000n), waits(stranger)] })
      .when(submit(dear))
      .thenNothing()
      .thenReply({ ok: false, code: 'replacement-adds-unconfirmed' });
  });

  it('may spend those that the replaced spend', () => {
    const dear = payFee(9_000n, [outputOf(original, 0)]);
    const { events } = pool(scene).when(submit(dear)).thenReply({ ok: true });
    expect(stories(events)[0]).toEqual(['TransactionEvicted', txidOf(child), 'replaced']);
  });

  it('may not need what it replaces: bad-txns-spends-conflicting-tx', () => {
    const dear = payFee(9_000n, [coin(0), outputOf(child, 0)]);
    pool(scene).when(submit(dear)).thenNothing().thenReply({ ok: false, code: 'bad-txns-spends-conflicting-tx' });
  });

  it.each([
    [100, undefined],
    [101, 'too many potential replacements'],
  ])('of %s transactions is %s', (count, code) => {
    const originals = coins.slice(0, count).map((each) => waits(payFee(1n, [each]), 1n));
    const dear = payFee(50_000n, coins.slice(0, count));
    const { decisions, state } = pool({ coins, waits: originals }).when(submit(dear));
    expect(decisions[0]?.reply).toMatchObject(code === undefined ? { ok: true } : { ok: false, code });
    expect(state.pool.size).toBe(code === undefined ? 1 : 101);
  });

  it('with a wrong signature leaves what it would have replaced', () => {
    const forged = payFee(9_000n, [coin(0)], bob);
    const { state } = pool(scene)
      .when(submit(forged))
      .thenReply({ ok: false, code: 'mandatory-script-verify-flag-failed' });
    expect(state.pool.spenderOf(coin(0).outpoint)?.txid).toBe(txidOf(original));
    expect([...(state.pool.get(txidOf(original))?.children ?? [])]).toHaveLength(1);
  });
});

describe('a chain of waiting transactions', () => {
  it('may have 25, and the 26th is too-long-mempool-chain', () => {
    const chain = chainFrom(coin(0), 26).map((transaction) => submit(transaction));
    const { decisions } = pool({ coins }).when(...chain);
    expect(decisions.map(({ reply }) => 'ok' in reply && reply.ok).filter(Boolean)).toHaveLength(25);
    expect(decisions[25]?.reply).toMatchObject({
      ok: false,
      code: 'too-long-mempool-chain',
      details: { found: 26, expected: 'at most 25 transactions' },
    });
  });

  it('may have 24 that need one, and the 25th is too-long-mempool-chain', () => {
    const fan = spend([coin(0)], alice, ...Array.from({ length: 25 }, () => [alice, 1n] as [typeof alice, bigint]));
    const children = Array.from({ length: 25 }, (_, vout) => submit(payFee(0n, [outputOf(fan, vout)])));
    const { decisions } = pool({ coins }).when(submit(fan), ...children);
    expect(decisions[24]?.reply).toMatchObject({ ok: true });
    expect(decisions[25]?.reply).toMatchObject({ ok: false, code: 'too-long-mempool-chain' });
  });

  it('may have 101,000 bytes', () => {
    const big = spend([coin(0)], alice, ...Array.from({ length: 2_000 }, () => [alice, 1n] as [typeof alice, bigint]));
    const bytes = waiting(big).sizeBytes;
    const second = (outputs: number) =>
      spend(
        [outputOf(big, 0), coin(1)],
        alice,
        ...Array.from({ length: outputs }, () => [bob, 1n] as [typeof bob, bigint]),
      );
    const room = 101_000 - bytes;
    const fits = second(Math.floor((room - 400) / 34));
    const tooBig = second(Math.ceil(room / 34));
    pool({ coins }).when(submit(big), submit(fits)).thenReplies({ ok: true }, { ok: true });
    pool({ coins })
      .when(submit(big), submit(tooBig))
      .thenReplies({ ok: true }, { ok: false, code: 'too-long-mempool-chain' });
  });

  it('is counted without what a replacement takes out', () => {
    const chain = chainFrom(coin(0), 25);
    const last = chain[23] as Transaction;
    const replacement = payFee(5_000n, [outputOf(last, 0)]);
    const { events } = pool({ coins, waits: chain.map((each) => waits(each)) }).when(submit(replacement));
    expect(stories(events).map(([type]) => type)).toEqual(['TransactionEvicted', 'TransactionAccepted']);
  });
});

describe('a full pool', () => {
  const policy = { maxPoolBytes: 600 };
  const cheap = payFee(0n, [coin(0)]);
  const middle = payFee(100n, [coin(1)]);
  const dear = payFee(300n, [coin(2)]);
  const scene = { coins, policy, waits: [waits(cheap), waits(middle, 100n, NOW + 1), waits(dear, 300n, NOW + 2)] };

  it('evicts the cheapest for what pays more: mempool full', () => {
    const newcomer = payFee(200n, [coin(3)]);
    const { events, state } = pool(scene).when(submit(newcomer)).thenReply({ ok: true });
    expect(stories(events)).toEqual([
      ['TransactionAccepted', txidOf(newcomer)],
      ['TransactionEvicted', txidOf(cheap), 'mempool full'],
    ]);
    expect(state.pool.sizeBytes).toBeLessThanOrEqual(600);
  });

  it('refuses what pays least, or no more than what came before: mempool full', () => {
    const free = payFee(0n, [coin(3)]);
    const { state, decisions } = pool(scene).when(submit(free)).thenNothing();
    const expected = 'more than 0 base units per 1,000 bytes';
    const bytes = state.pool.sizeBytes + waiting(free).sizeBytes;
    const crowd = `with it the pool would hold 4 transactions of at most 50000 and ${bytes} bytes of at most 600`;
    expect(decisions[0]?.reply).toEqual({
      ok: false,
      code: 'mempool full',
      message: `${crowd}; it pays 0, it must be ${expected}`,
      details: { found: '0', expected },
    });
    expect(order(state.pool)).toEqual([cheap, middle, dear].map(txidOf));
  });

  const paying = (fee: bigint, outputs = 6) => {
    const free = Array.from({ length: outputs }, () => [bob, 0n] as [typeof bob, bigint]);
    return spend([coin(3)], alice, [alice, 1_000_000n - fee], ...free);
  };

  it.each([
    ['the cheapest, where its room is enough', 0, 100n, 20n],
    ['the last of those that must go, where one is not enough', 6, 100n, 200n],
  ])('says what would have passed: more than %s', (_, outputs, fee, tooLittle) => {
    const { decisions } = pool({ ...scene, waits: [waits(dear, 300n), waits(middle, fee), waits(cheap, 50n)] }).when(
      submit(paying(tooLittle, outputs)),
    );
    const size = BigInt(waiting(outputs === 0 ? cheap : middle).sizeBytes);
    const bar = outputs === 0 ? 50n : fee;
    const thousandths = (bar * 1_000_000n + size - 1n) / size;
    const expected = `more than ${Number(thousandths) / 1_000} base units per 1,000 bytes`;
    expect(decisions[0]?.reply).toMatchObject({ ok: false, code: 'mempool full', details: { expected } });
    const enough = (thousandths * BigInt(waiting(paying(0n, outputs)).sizeBytes)) / 1_000_000n + 2n;
    pool({ ...scene, waits: [waits(dear, 300n), waits(middle, fee), waits(cheap, 50n)] })
      .when(submit(paying(enough, outputs)))
      .thenReply({ ok: true });
  });

  it('says of what is larger than the whole pool that nothing would have helped', () => {
    const big = paying(9_000n, 30);
    const { decisions } = pool(scene).when(submit(big)).thenNothing();
    const found = String(waiting(big).sizeBytes);
    expect(decisions[0]?.reply).toMatchObject({
      code: 'mempool full',
      details: { found, expected: 'at most 600 bytes' },
    });
  });

  it('counts to 50,000 transactions too', () => {
    const { fee, ...facts } = waits(cheap);
    const free = Array.from({ length: 50_000 }, (_, index) => {
      const [input] = cheap.inputs;
      const prevout = { txid: `ee${index.toString(16).padStart(62, '0')}` as ReturnType<typeof txidOf>, vout: 0 };
      const transaction = { ...cheap, inputs: input === undefined ? [] : [{ ...input, prevout }] };
      return { ...facts, fee, transaction, txid: prevout.txid, receivedAt: NOW - index };
    });
    const full = { coins, waits: free };
    pool(full).when(submit(cheap)).thenNothing().thenReply({ ok: false, code: 'mempool full' });
    const { events } = pool(full).when(submit(middle)).thenReply({ ok: true });
    expect(stories(events).at(-1)).toEqual(['TransactionEvicted', free[0]?.txid, 'mempool full']);
  });

  it('keeps a cheap one for which a child pays, and evicts a child with what it needs no more than alone', () => {
    const child = payFee(900n, [outputOf(cheap, 0)]);
    const { events } = pool({
      ...scene,
      policy: { maxPoolBytes: 800 },
      waits: [...scene.waits, waits(child, 900n, NOW + 3)],
    })
      .when(submit(payFee(400n, [coin(4)])))
      .thenReply({ ok: true });
    expect(stories(events).filter(([type]) => type === 'TransactionEvicted')).toEqual([
      ['TransactionEvicted', txidOf(middle), 'mempool full'],
    ]);
  });

  it('refuses a newcomer that would go with the cheapest package, and says what the package pays', () => {
    const child = spend([outputOf(cheap, 0)], alice, [carol, 999_990n]);
    const { state, decisions } = pool(scene).when(submit(child)).thenNothing();
    const found = (Math.floor(10_000_000 / (waiting(cheap).sizeBytes + waiting(child).sizeBytes)) / 1_000).toString();
    const bar = (Math.ceil(100_000_000 / waiting(middle).sizeBytes) / 1_000).toString();
    const expected = `more than ${bar} base units per 1,000 bytes`;
    const story = `; the package it belongs to pays ${found}, it must be ${expected}`;
    expect(decisions[0]?.reply).toMatchObject({ ok: false, code: 'mempool full', details: { found, expected } });
    expect(decisions[0]?.reply).toHaveProperty('message', expect.stringContaining(story));
    expect(state.pool.has(txidOf(cheap))).toBe(true);
  });

  it('of many newcomers keeps those that pay best', () => {
    const newcomers = Array.from({ length: 40 }, (_, index) => payFee(BigInt(1_000 + 10 * index), [coin(50 + index)]));
    const { state } = pool(scene).when(...newcomers.map((each) => submit(each)));
    expect([...state.pool.values()].map(({ txid }) => txid)).toEqual(newcomers.slice(-3).map(txidOf));
  });
});
