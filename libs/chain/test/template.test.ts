// Block templates: what stands in them, in which order, up to which size, and that a mined one is valid.
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Block,
  CoinView,
  NULL_BLOCK_HASH,
  type NamedCoin,
  type Transaction,
  checkBlock,
  connectBlock,
  createBlockTemplate,
  encodeBlock,
  merkleRoot,
  rollTemplate,
  roomForTransactions,
  templateTime,
  transactionSize,
  txidOf,
} from '../src/index.ts';
import { EASY, EASY_BITS, alice, bob, carol, coinOf, contextOf, mined, outpointOf, spend } from './builders.ts';

const request = {
  height: 3,
  previousBlockHash: NULL_BLOCK_HASH,
  bits: EASY_BITS,
  time: contextOf(3).now,
  payTo: carol.address,
  extraNonce: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  params: EASY,
};
const named = (number: number, value: bigint): NamedCoin => ({
  outpoint: outpointOf(number),
  coin: coinOf(alice, value),
});

beforeAll(async () => {
  await useFastestSecp256k1();
});

describe('createBlockTemplate', () => {
  const transactions = [10n, 7n, 5n].map((pays, index) => ({
    transaction: spend([named(index + 1, 10n)], alice, [[bob, pays]]),
    fee: 10n - pays,
  }));

  it('pays subsidy and fees to the address, before the transactions in their order', () => {
    const block = createBlockTemplate({ ...request, transactions });
    expect(block.transactions.slice(1)).toEqual(transactions.map(({ transaction }) => transaction));
    expect(block.transactions[0]?.outputs).toEqual([{ value: 1_000_000_008n, scriptPubKey: carol.script }]);
    expect(block.header).toMatchObject({ nonce: 0, bits: EASY_BITS, time: request.time, version: 0x20000000 });
  });

  it('is valid once it is mined', () => {
    const block = mined(createBlockTemplate({ ...request, transactions }));
    const view = new CoinView([1, 2, 3].map((number) => named(number, 10n)));
    expect(checkBlock(block, contextOf(3), EASY)).toEqual({ ok: true });
    expect(connectBlock(view, block, 3, EASY)).toMatchObject({ ok: true, fees: 8n });
  });

  it('holds the coinbase alone when there is nothing else', () => {
    const block = createBlockTemplate({ ...request, transactions: [] });
    expect(block.transactions).toHaveLength(1);
    expect(checkBlock(mined(block), contextOf(3), EASY)).toEqual({ ok: true });
  });

  it('has room for transactions to the last byte', () => {
    const sizeBytes = transactions.reduce((sum, { transaction }) => sum + transactionSize(transaction), 0);
    const around = request.params.maxBlockSizeBytes - roomForTransactions(request.height, request.params);
    const countIn = (maxBlockSizeBytes: number) =>
      createBlockTemplate({ ...request, transactions, params: { ...EASY, maxBlockSizeBytes } }).transactions.length - 1;
    expect(countIn(around + sizeBytes)).toBe(3);
    expect(countIn(around + sizeBytes - 1)).toBe(2);
  });

  it('ends before the first transaction that does not fit, and fees follow', () => {
    const [first, second, third] = transactions;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three transactions');
    const outputs = Array.from({ length: 20 }, () => ({ value: 0n, scriptPubKey: bob.script }));
    const big: Transaction = { ...second.transaction, outputs };
    const params = { ...EASY, maxBlockSizeBytes: 600 };
    const inOrder = [first, { transaction: big, fee: 3n }, third];
    const block = createBlockTemplate({ ...request, params, transactions: inOrder });
    expect(block.transactions.slice(1)).toEqual([first.transaction]);
    expect(block.transactions[0]?.outputs[0]?.value).toBe(1_000_000_000n);
    expect(encodeBlock(block).length).toBeLessThanOrEqual(600);
  });

  it('fills the size to the last byte, its count taken at five bytes', () => {
    const whole = encodeBlock(createBlockTemplate({ ...request, transactions })).length + 4;
    const count = (maxBlockSizeBytes: number) =>
      createBlockTemplate({ ...request, params: { ...EASY, maxBlockSizeBytes }, transactions }).transactions.length;
    expect(count(whole)).toBe(4);
    expect(count(whole - 1)).toBe(3);
  });
});

describe('templateTime', () => {
  it.each([
    [1000, 900, 1000],
    [1000, 999, 1000],
    [1000, 1000, 1001],
    [1000, 5000, 5001],
  ])('at %i behind %i is %i', (now, medianTimePast, time) => {
    expect(templateTime(now, medianTimePast)).toBe(time);
  });
});

describe('rollTemplate', () => {
  const payments = Array.from({ length: 9 }, (_, index) => ({
    transaction: spend([named(index + 1, 10n)], alice, [[bob, 10n]]),
    fee: 0n,
  }));
  const template = (count: number) => createBlockTemplate({ ...request, transactions: payments.slice(0, count) });
  const extraNonceOf = ({ transactions: [coinbase] }: Block) => coinbase?.inputs[0]?.scriptSig.slice(-8);

  it('gives another header whose root is that of its transactions', () => {
    const count = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 2 ** 32 }), (payment, rolls) => {
        const block = rollTemplate(template(payment))(rolls);
        expect(block.header.merkleRoot).toBe(merkleRoot(block.transactions.map(txidOf)).root);
        expect(block.header.merkleRoot).not.toBe(template(payment).header.merkleRoot);
        expect(block.transactions.slice(1)).toEqual(template(payment).transactions.slice(1));
      }),
      { seed: 20_261, numRuns: 50 },
    );
  });

  it('counts the extra nonce on, as a number of 64 bits', () => {
    const roll = rollTemplate(template(2));
    expect(roll(0)).toEqual(template(2));
    expect(extraNonceOf(roll(1))).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9));
    expect(extraNonceOf(roll(2 ** 32))).toEqual(Uint8Array.of(1, 2, 3, 5, 5, 6, 7, 8));
    const last = createBlockTemplate({ ...request, transactions: [], extraNonce: new Uint8Array(8).fill(255) });
    expect(extraNonceOf(rollTemplate(last)(1))).toEqual(new Uint8Array(8));
  });

  it('is valid once it is mined', () => {
    const block = mined(rollTemplate(template(3))(7));
    expect(checkBlock(block, contextOf(3), EASY)).toEqual({ ok: true });
  });
});
