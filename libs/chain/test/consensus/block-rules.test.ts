// Each rule of a block broken once, alone, with the code that must answer; every faulty block has proof of work.
import { describe, expect, it } from 'vitest';
import {
  type Block,
  type BlockContext,
  type BlockHash,
  type RejectCode,
  type Transaction,
  checkBlock,
  checkHeader,
  encodeBlock,
  medianTimePast,
} from '../../src/index.ts';
import {
  EASY,
  alice,
  blockOf,
  bob,
  coinOf,
  coinbaseFor,
  contextOf,
  mined,
  outpointOf,
  spend,
  withTransactions,
} from '../builders.ts';

const TIP = '11'.repeat(32) as BlockHash;
const OTHER = '22'.repeat(32) as BlockHash;
const context = contextOf(5, TIP);
const payment = (number: number): Transaction =>
  spend([{ outpoint: outpointOf(number), coin: coinOf(alice, 9n) }], alice, [[bob, 9n]]);
const coinbase = coinbaseFor(5, 1_000_000_000n);
const [first, second] = [payment(1), payment(2)];
const valid = blockOf(5, TIP, [coinbase, first, second]);

const withHeader = (changes: Partial<Block['header']>): Block =>
  mined({ ...valid, header: { ...valid.header, ...changes } });
const locked = (lockTime: number): Transaction => ({
  ...first,
  lockTime,
  inputs: first.inputs.map((input) => ({ ...input, sequence: 0 })),
});
const filled = (size: number): Block => {
  const spare = size - encodeBlock(valid).length;
  const [input] = first.inputs;
  if (input === undefined) throw new Error('no input');
  const scriptSig = new Uint8Array(input.scriptSig.length + spare - 4);
  return withTransactions(valid, [coinbase, { ...first, inputs: [{ ...input, scriptSig }] }, second]);
};

describe('checkBlock', () => {
  it.each<[string, Block, BlockContext?]>([
    ['a block', valid],
    ['a block of a coinbase alone', withTransactions(valid, [coinbase])],
    ['1,000,000 bytes', filled(1_000_000)],
    ['a negative version', withHeader({ version: -1 })],
    ['a time one second above the median', withHeader({ time: context.medianTimePast + 1 })],
    ['a time two hours ahead', withHeader({ time: context.now + 7200 })],
    [
      'a genesis block at any time',
      blockOf(0, TIP, [coinbaseFor(0, 1n)]),
      { ...contextOf(0, TIP), medianTimePast: 2e9 },
    ],
    ['a lock on the height below', withTransactions(valid, [coinbase, locked(4)])],
  ])('accepts %s', (_, block, itsContext = context) => {
    expect(checkBlock(block, itsContext, EASY)).toEqual({ ok: true });
  });

  it.each<[RejectCode, string, Block]>([
    ['bad-prevblk', 'a block on another tip', withHeader({ previousBlockHash: OTHER })],
    ['bad-diffbits', 'easier bits', withHeader({ bits: 0x2100ffff })],
    ['high-hash', 'no proof of work', mined(valid, false)],
    ['time-too-old', 'a time at the median', withHeader({ time: context.medianTimePast })],
    ['time-too-new', 'a time two hours and a second ahead', withHeader({ time: context.now + 7201 })],
    ['bad-txnmrklroot', 'another Merkle root', withHeader({ merkleRoot: '33'.repeat(32) })],
    ['bad-txnmrklroot', 'a transaction less', { ...valid, transactions: [coinbase, first] }],
    ['bad-txnmrklroot', 'transactions swapped', { ...valid, transactions: [coinbase, second, first] }],
    [
      'bad-txns-duplicate',
      'the last transaction repeated',
      { ...valid, transactions: [coinbase, first, second, second] },
    ],
    ['bad-blk-length', 'no transaction', withTransactions(valid, [])],
    ['bad-blk-length', '1,000,001 bytes', filled(1_000_001)],
    ['bad-cb-missing', 'no coinbase', withTransactions(valid, [first, second])],
    ['bad-cb-missing', 'a coinbase in second place', withTransactions(valid, [first, coinbase])],
    ['bad-cb-multiple', 'a second coinbase', withTransactions(valid, [coinbase, first, coinbaseFor(5, 1n)])],
    ['bad-cb-height', "another block's coinbase", withTransactions(valid, [coinbaseFor(6, 1n), first])],
    [
      'bad-txns-vout-empty',
      'a payment that pays nobody',
      withTransactions(valid, [coinbase, { ...first, outputs: [] }]),
    ],
    ['bad-txns-vout-empty', 'a coinbase that pays nobody', withTransactions(valid, [{ ...coinbase, outputs: [] }])],
    ['bad-txns-nonfinal', "a lock on the block's height", withTransactions(valid, [coinbase, locked(5)])],
    [
      'bad-txns-nonfinal',
      'a lock on the median time',
      withTransactions(valid, [coinbase, locked(context.medianTimePast)]),
    ],
  ])('answers %s to %s', (code, _, block) => {
    const answer = checkBlock(block, context, EASY);
    expect(answer).toMatchObject({ ok: false, code });
    expect(!answer.ok && answer.message).toMatch(/^[a-z].{20,}[^.]$/i);
  });

  it('refuses the easiest target of another network', () => {
    const answer = checkBlock(valid, { ...context, bits: 0x1f100000 }, EASY);
    expect(answer).toMatchObject({ code: 'bad-diffbits', details: { bits: 0x207fffff, expectedBits: 0x1f100000 } });
  });
});

describe('checkHeader', () => {
  it('looks at the header alone', () => {
    expect(checkHeader(valid.header, context, EASY)).toEqual({ ok: true });
    expect(checkHeader(mined(valid, false).header, context, EASY)).toMatchObject({ code: 'high-hash' });
  });
});

describe('medianTimePast', () => {
  it.each([
    [[], 0],
    [[7], 7],
    [[1, 9], 9],
    [[5, 1, 9], 5],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6],
    [[100, 100, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6],
    [[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 6],
  ])('of %j is %i', (times, median) => {
    expect(medianTimePast(times)).toBe(median);
  });

  it('leaves its argument as it was and takes another span', () => {
    const times = [3, 1, 2, 9];
    expect(medianTimePast(times, 3)).toBe(2);
    expect(times).toEqual([3, 1, 2, 9]);
  });
});
