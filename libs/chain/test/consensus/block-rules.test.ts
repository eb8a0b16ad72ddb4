// Each rule of a block broken once, alone, with the code and the values that must answer; every faulty block has proof of
// work. Which rule answers first where two are broken is Bitcoin's order: the last table.
import { hexToBytes } from '@pocket/crypto';
import { describe, expect, it } from 'vitest';
import {
  type Block,
  type BlockContext,
  type BlockHash,
  type RejectCode,
  type Transaction,
  NULL_BLOCK_HASH,
  blockHashOf,
  checkBlock,
  checkBlockAlone,
  checkBlockBody,
  checkBlockInContext,
  decodeBlock,
  encodeBlock,
  medianTimePast,
  merkleRoot,
  networks,
  txidOf,
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

const withBits = (bits: number): Block => ({ ...valid, header: { ...valid.header, bits } });
const withBody = (...transactions: Transaction[]): Block => ({ ...valid, transactions });
const withParent = (block: Block): Block => ({ ...block, header: { ...block.header, previousBlockHash: OTHER } });
const withVersion1 = (block: Block): Block => ({ ...block, header: { ...block.header, version: 1 } });
const remade = (...transactions: Transaction[]): Block => withTransactions(valid, transactions);
const rootOf = (...transactions: Transaction[]): string => merkleRoot(transactions.map(txidOf)).root;
const paying = (count: number): Transaction => ({
  ...first,
  outputs: new Array<Transaction['outputs'][number]>(count).fill({ value: 0n, scriptPubKey: bob.script }),
});
const workless = mined(valid, false);
const other = coinbaseFor(5, 1n);
const heightless = {
  ...coinbase,
  inputs: coinbase.inputs.map((input) => ({ ...input, scriptSig: Uint8Array.of(0xff, 0xff) })),
};
const big = filled(1_000_001).transactions[1] ?? first;
const ROOT = valid.header.merkleRoot;
const MEDIAN = context.medianTimePast;
const LATEST = context.now + 7200;
const ONCE = 'every transaction once';
const ONE_COINBASE = 'one coinbase, in first place';

describe('checkBlock', () => {
  it.each<[string, Block, BlockContext?]>([
    ['a block', valid],
    ['a block of a coinbase alone', withTransactions(valid, [coinbase])],
    ['1,000,000 bytes', filled(1_000_000)],
    ['version 4', withHeader({ version: 4 })],
    ['the version of version bits', withHeader({ version: 0x20000000 })],
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

  it.each<[RejectCode, string, Block, found: string | number, expected: string | number]>([
    ['high-hash', 'bits above the limit', withBits(0x2100ffff), '0x2100ffff', 'a target of at most 0x207fffff'],
    ['high-hash', 'bits of zero', withBits(0), '0x00000000', 'a target of at most 0x207fffff'],
    ['high-hash', 'negative bits', withBits(0x1d80ffff), '0x1d80ffff', 'a target of at most 0x207fffff'],
    ['high-hash', 'no work', workless, blockHashOf(workless.header), `at most 7fffff${'0'.repeat(58)}`],
    ['bad-txnmrklroot', 'another root', withHeader({ merkleRoot: '33'.repeat(32) }), '33'.repeat(32), ROOT],
    ['bad-txnmrklroot', 'a transaction less', withBody(coinbase, first), ROOT, rootOf(coinbase, first)],
    ['bad-txnmrklroot', 'a swap', withBody(coinbase, second, first), ROOT, rootOf(coinbase, second, first)],
    ['bad-txns-duplicate', 'a repeated end', withBody(coinbase, first, second, second), txidOf(second), ONCE],
    ['bad-blk-length', 'no transaction', withTransactions(valid, []), 0, 'at least 1'],
    ['bad-blk-length', '1,000,001 bytes', filled(1_000_001), 1_000_001, 'at most 1000000'],
    ['bad-cb-missing', 'no coinbase', remade(first, second), txidOf(first), 'a coinbase'],
    ['bad-cb-missing', 'a coinbase in second place', remade(first, coinbase), txidOf(first), 'a coinbase'],
    ['bad-cb-multiple', 'a second coinbase', remade(coinbase, first, other), txidOf(other), ONE_COINBASE],
    ['bad-txns-vout-empty', 'a payment to nobody', remade(coinbase, { ...first, outputs: [] }), 0, 'at least 1'],
    ['bad-txns-vout-empty', 'a coinbase to nobody', remade({ ...coinbase, outputs: [] }), 0, 'at least 1'],
    ['bad-blk-sigops', '20,001 signature operations', remade(coinbase, paying(20_000)), 20_001, 'at most 20000'],
    ['bad-prevblk', 'another tip', withHeader({ previousBlockHash: OTHER }), OTHER, TIP],
    ['bad-diffbits', 'a harder target', withHeader({ bits: 0x207ffffe }), '0x207ffffe', '0x207fffff'],
    ['time-too-old', 'the median time', withHeader({ time: MEDIAN }), MEDIAN, `above ${MEDIAN}`],
    ['time-too-new', 'two hours and a second ahead', withHeader({ time: LATEST + 1 }), LATEST + 1, `at most ${LATEST}`],
    ['bad-version', 'version 3', withHeader({ version: 3 }), 3, 'at least 4'],
    ['bad-version', 'a negative version', withHeader({ version: -1 }), -1, 'at least 4'],
    ['bad-txns-nonfinal', "a lock on the block's height", remade(coinbase, locked(5)), 5, 'below 5'],
    ['bad-txns-nonfinal', 'a lock on the median time', remade(coinbase, locked(MEDIAN)), MEDIAN, `below ${MEDIAN}`],
    ['bad-cb-height', "another block's coinbase", remade(coinbaseFor(6, 1n), first), 6, 5],
    ['bad-cb-height', 'a coinbase without a height', remade(heightless, first), 'no height', 5],
  ])('answers %s to %s', (code, _, block, found, expected) => {
    const answer = checkBlock(block, context, EASY);
    expect(answer).toMatchObject({ ok: false, code, details: { found, expected } });
    expect(!answer.ok && answer.message).toMatch(/^[a-z].{20,}[^.]$/i);
    expect(!answer.ok && answer.message).toContain(String(found));
    expect(!answer.ok && answer.message).toContain(String(expected));
  });

  it('lets 20,000 signature operations pass', () => {
    expect(checkBlock(remade(coinbase, paying(19_999)), context, EASY)).toEqual({ ok: true });
  });

  it("says which transaction breaks a transaction's rule", () => {
    const answer = checkBlock(remade(coinbase, first, { ...second, inputs: [] }), context, EASY);
    expect(answer).toMatchObject({ code: 'bad-txns-vin-empty', details: { transaction: 2 } });
    expect(!answer.ok && answer.message).toMatch(/^transaction 2: /);
  });

  it.each<[first: RejectCode, later: RejectCode, Block]>([
    ['high-hash', 'bad-txnmrklroot', { ...workless, transactions: [coinbase] }],
    ['bad-txnmrklroot', 'bad-cb-missing', withBody(first)],
    [
      'bad-txns-duplicate',
      'bad-blk-length',
      { ...remade(coinbase, big, big), transactions: [coinbase, big, big, big] },
    ],
    ['bad-blk-length', 'bad-cb-missing', remade(big, first, second)],
    ['bad-cb-missing', 'bad-txns-vout-empty', remade({ ...first, outputs: [] })],
    ['bad-txns-vout-empty', 'bad-blk-sigops', remade(coinbase, paying(20_000), { ...first, outputs: [] })],
    ['bad-blk-sigops', 'bad-prevblk', mined(withParent(remade(coinbase, paying(20_000))))],
    ['bad-txns-vout-empty', 'bad-prevblk', mined(withParent(remade(coinbase, { ...first, outputs: [] })))],
    ['bad-prevblk', 'bad-diffbits', withHeader({ previousBlockHash: OTHER, bits: 0x207ffffe })],
    ['bad-diffbits', 'time-too-old', withHeader({ bits: 0x207ffffe, time: MEDIAN })],
    ['time-too-old', 'bad-version', withHeader({ time: MEDIAN, version: 1 })],
    ['bad-version', 'bad-txns-nonfinal', mined(withVersion1(remade(coinbase, locked(5))))],
    ['bad-txns-nonfinal', 'bad-cb-height', remade(coinbaseFor(6, 1n), locked(5))],
  ])('asks %s before %s', (code, _, block) => {
    expect(checkBlock(block, context, EASY)).toMatchObject({ code });
  });
});

describe('checkBlockBody', () => {
  it('asks everything of a block alone but its work', () => {
    expect(checkBlockAlone(workless, EASY)).toMatchObject({ code: 'high-hash' });
    expect(checkBlockBody(workless, EASY)).toEqual({ ok: true });
    expect(checkBlockBody(withBody(coinbase), EASY)).toMatchObject({ code: 'bad-txnmrklroot' });
    expect(checkBlockBody(remade(first, second), EASY)).toMatchObject({ code: 'bad-cb-missing' });
  });
});

describe('checkBlockAlone', () => {
  it('needs no place', () => {
    const elsewhere = withHeader({ previousBlockHash: OTHER, time: 0, version: 1, bits: 0x207ffffe });
    expect(checkBlockAlone(elsewhere, EASY)).toEqual({ ok: true });
    expect(checkBlockAlone(withBody(coinbase), EASY)).toMatchObject({ code: 'bad-txnmrklroot' });
  });
});

describe('checkBlockInContext', () => {
  it('takes the rest for checked', () => {
    expect(checkBlockInContext(valid, context, EASY)).toEqual({ ok: true });
    expect(checkBlockInContext(workless, context, EASY)).toEqual({ ok: true });
    expect(checkBlockInContext(valid, { ...context, height: 6 }, EASY)).toMatchObject({ code: 'bad-cb-height' });
  });

  it('refuses the easiest target of another network', () => {
    const answer = checkBlockInContext(valid, { ...context, bits: 0x1f100000 }, EASY);
    expect(answer).toMatchObject({ code: 'bad-diffbits', details: { found: '0x207fffff', expected: '0x1f100000' } });
  });
});

describe("a network's own first block", () => {
  const regtest = networks['bitcoin-regtest'];
  const decoded = decodeBlock(hexToBytes(regtest.genesis ?? ''));
  if (!decoded.ok) throw new Error(decoded.message);
  const genesis = decoded.block;
  const first0 = { ...contextOf(0), now: genesis.header.time };

  it('is accepted though it keeps no rule made later, and only byte for byte', () => {
    expect(checkBlock(genesis, first0, regtest)).toEqual({ ok: true });
    expect(checkBlock({ ...genesis, transactions: [coinbase] }, first0, regtest)).toMatchObject({
      code: 'bad-txnmrklroot',
    });
    expect(checkBlock(genesis, first0, { ...EASY, genesis: null })).toMatchObject({ code: 'scriptpubkey' });
  });

  it('is the only one that may have none before it', () => {
    const block = blockOf(0, NULL_BLOCK_HASH, [coinbaseFor(0, 1n)]);
    expect(checkBlock(block, contextOf(0), EASY)).toEqual({ ok: true });
    expect(checkBlock(block, contextOf(0), regtest)).toMatchObject({
      code: 'prev-blk-not-found',
      details: { found: blockHashOf(block.header), expected: 'the first block of bitcoin-regtest' },
    });
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
