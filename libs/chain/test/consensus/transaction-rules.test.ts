// Each rule of a transaction broken once, alone, with the code that must answer; limits are literals.
import { bytesToHex } from '@pocket/crypto';
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Coin,
  CoinView,
  NULL_OUTPOINT,
  type RejectCode,
  type Transaction,
  type TransactionOutput,
  checkTransaction,
  checkTransactionInputs,
  checkTransactionScripts,
  encodeTransaction,
  isFinal,
} from '../../src/index.ts';
import { EASY, alice, bob, coinOf, coinbaseFor, outpointOf, signed, spend } from '../builders.ts';

const MAX_MONEY = 2_100_000_000_000_000n;

beforeAll(async () => {
  await useFastestSecp256k1();
});

const coins = [1, 2].map((number) => ({ outpoint: outpointOf(number), coin: coinOf(alice, 50n) }));
const valid = spend(coins, alice, [
  [bob, 60n],
  [alice, 40n],
]);
const coinbase = coinbaseFor(1, 1_000_000_000n);
const paying = (...values: bigint[]): TransactionOutput[] =>
  values.map((value) => ({ value, scriptPubKey: bob.script }));
const withOutputs = (...values: bigint[]): Transaction => ({ ...valid, outputs: paying(...values) });
const withScript = (scriptPubKey: Uint8Array): Transaction => ({ ...valid, outputs: [{ value: 1n, scriptPubKey }] });
const twice: Transaction = { ...valid, inputs: [...valid.inputs, ...valid.inputs] };
const ABOVE = '2100000000000001';
const AT_MOST = 'at most 2100000000000000';
const coinbaseWithScript = (length: number): Transaction => ({
  ...coinbase,
  inputs: coinbase.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(length).fill(0x51) })),
});
const ofSize = (size: number): Transaction => {
  const missing = size - encodeTransaction(valid).length;
  const [first, ...others] = valid.inputs;
  if (first === undefined) throw new Error('no input');
  const length = first.scriptSig.length + missing - 4;
  return { ...valid, inputs: [{ ...first, scriptSig: new Uint8Array(length) }, ...others] };
};

describe('checkTransaction', () => {
  it.each<[string, Transaction]>([
    ['a payment', valid],
    ['a coinbase', coinbase],
    ['an output of nothing', withOutputs(0n)],
    ['all the money there can be', withOutputs(MAX_MONEY)],
    ['all the money in two outputs', withOutputs(MAX_MONEY - 1n, 1n)],
    ['1,000,000 bytes', ofSize(1_000_000)],
    ['a coinbase script of 2 bytes', coinbaseWithScript(2)],
    ['a coinbase script of 100 bytes', coinbaseWithScript(100)],
  ])('accepts %s', (_, transaction) => {
    expect(checkTransaction(transaction)).toEqual({ ok: true });
  });

  it.each<[RejectCode, string, Transaction, found: string | number, expected: string]>([
    ['bad-txns-vin-empty', 'no input', { ...valid, inputs: [] }, 0, 'at least 1'],
    ['bad-txns-vout-empty', 'no output', { ...valid, outputs: [] }, 0, 'at least 1'],
    ['bad-txns-oversize', '1,000,001 bytes', ofSize(1_000_001), 1_000_001, 'at most 1000000'],
    ['bad-txns-vout-negative', 'a negative output', withOutputs(-1n), '-1', 'at least 0'],
    ['bad-txns-vout-negative', 'the smallest int64', withOutputs(-(2n ** 63n)), '-9223372036854775808', 'at least 0'],
    ['bad-txns-vout-toolarge', 'an output above all money', withOutputs(MAX_MONEY + 1n), ABOVE, AT_MOST],
    ['bad-txns-txouttotal-toolarge', 'outputs above all money', withOutputs(MAX_MONEY, 1n), ABOVE, AT_MOST],
    ['scriptpubkey', 'a bare OP_1', withScript(Uint8Array.of(0x51)), '51', 'a P2PKH script'],
    ['scriptpubkey', 'an empty script', withScript(new Uint8Array(0)), 'no bytes', 'a P2PKH script'],
    ['scriptpubkey', 'a script of 40 bytes', withScript(new Uint8Array(40)), '00'.repeat(40), 'a P2PKH script'],
    ['scriptpubkey', 'a long one', withScript(new Uint8Array(9000)), `${'00'.repeat(40)}…`, 'a P2PKH script'],
    [
      'bad-txns-inputs-duplicate',
      'an input twice',
      twice,
      `${'1'.padStart(64, '0')}:0`,
      'an output that no other input spends',
    ],
    ['bad-cb-length', 'a coinbase script of 1 byte', coinbaseWithScript(1), 1, '2 to 100'],
    ['bad-cb-length', 'a coinbase script of 101 bytes', coinbaseWithScript(101), 101, '2 to 100'],
    [
      'bad-txns-prevout-null',
      'a coinbase input in a payment',
      { ...valid, inputs: [...valid.inputs, ...coinbase.inputs] },
      `${'0'.repeat(64)}:4294967295`,
      'an output of a transaction',
    ],
  ])('answers %s to %s', (code, _, transaction, found, expected) => {
    const answer = checkTransaction(transaction);
    expect(answer).toMatchObject({ ok: false, code, details: { found, expected } });
    expect(!answer.ok && answer.message).toContain(String(found));
    expect(!answer.ok && answer.message).toContain(expected);
  });

  it.each<[first: RejectCode, later: RejectCode, Transaction]>([
    ['bad-txns-vin-empty', 'bad-txns-vout-empty', { ...valid, inputs: [], outputs: [] }],
    ['bad-txns-oversize', 'bad-txns-vout-negative', { ...ofSize(1_000_001), outputs: paying(-1n, 60n) }],
    ['bad-txns-vout-negative', 'bad-txns-inputs-duplicate', { ...twice, outputs: paying(-1n) }],
    ['bad-txns-inputs-duplicate', 'scriptpubkey', { ...withScript(new Uint8Array(0)), inputs: twice.inputs }],
    ['bad-cb-length', 'scriptpubkey', { ...coinbaseWithScript(1), outputs: withScript(new Uint8Array(0)).outputs }],
  ])('asks %s before %s, as Bitcoin does', (code, _, transaction) => {
    expect(checkTransaction(transaction)).toMatchObject({ ok: false, code });
  });

  it('says which input or output it means', () => {
    expect(checkTransaction(withOutputs(1n, -1n))).toMatchObject({ details: { output: 1 } });
    expect(checkTransaction(withOutputs(1n, MAX_MONEY))).toMatchObject({ details: { output: 1 } });
    expect(checkTransaction(twice)).toMatchObject({ details: { input: 2 } });
  });

  it('makes transactions of the size it says', () => {
    expect(encodeTransaction(ofSize(1_000_000))).toHaveLength(1_000_000);
  });
});

const viewOf = (...changed: Partial<Coin>[]) =>
  new CoinView(coins.map(({ outpoint, coin }, index) => ({ outpoint, coin: { ...coin, ...changed[index] } })));
const MISSING = 'bad-txns-inputs-missingorspent';
const PREMATURE = 'bad-txns-premature-spend-of-coinbase';
const OUT_OF_RANGE = 'bad-txns-inputvalues-outofrange';
const MATURE = { ...EASY, coinbaseMaturity: 100 };

describe('checkTransactionInputs', () => {
  it.each([
    ['spends all', withOutputs(100n), 0n],
    ['leaves a fee', withOutputs(70n, 20n), 10n],
    ['gives all to the miner', withOutputs(0n), 100n],
  ])('answers the fee of one that %s', (_, transaction, fee) => {
    expect(checkTransactionInputs(transaction, viewOf(), 5, EASY)).toEqual({ ok: true, fee });
  });

  const RANGE = '0 to 2100000000000000';

  it.each<[RejectCode, string, CoinView, found: string | number, expected: string]>([
    [MISSING, 'an unknown coin', new CoinView(coins.slice(1)), `${'1'.padStart(64, '0')}:0`, 'an unspent output'],
    [MISSING, 'no coin at all', new CoinView(), `${'1'.padStart(64, '0')}:0`, 'an unspent output'],
    [PREMATURE, 'a reward of 99 blocks', viewOf({ coinbase: true, height: 2 }), 101, 'at least 102'],
    [OUT_OF_RANGE, 'a coin above all money', viewOf({ value: MAX_MONEY + 1n }), ABOVE, RANGE],
    [OUT_OF_RANGE, 'a negative coin', viewOf({ value: -1n }), '-1', RANGE],
    [OUT_OF_RANGE, 'a negative coin behind another', viewOf({}, { value: -1n }), '-1', RANGE],
    [OUT_OF_RANGE, 'coins above all money', viewOf({ value: MAX_MONEY }, { value: 1n }), ABOVE, RANGE],
    ['bad-txns-in-belowout', 'one base unit too little', viewOf({ value: 49n }), '100', 'at most 99'],
  ])('answers %s to %s', (code, _, view, found, expected) => {
    const answer = checkTransactionInputs(valid, view, 101, MATURE);
    expect(answer).toMatchObject({ ok: false, code, details: { found, expected } });
    expect(!answer.ok && answer.message).toContain(String(found));
    expect(!answer.ok && answer.message).toContain(expected);
  });

  it('lets a reward be spent after the maturity, or at once where there is none', () => {
    const rewards = viewOf({ coinbase: true, height: 2 });
    expect(checkTransactionInputs(valid, rewards, 102, MATURE)).toMatchObject({ ok: true });
    expect(checkTransactionInputs(valid, rewards, 2, EASY)).toMatchObject({ ok: true });
  });
});

describe('checkTransactionScripts', () => {
  it('accepts what the owners signed', () => {
    expect(checkTransactionScripts(valid, viewOf())).toEqual({ ok: true });
  });

  it.each<[RejectCode, string, Transaction, CoinView]>([
    [
      'mandatory-script-verify-flag-failed',
      "the wrong owner's signature",
      signed(
        valid,
        coins.map(({ coin }) => coin),
        bob,
      ),
      viewOf(),
    ],
    [
      'mandatory-script-verify-flag-failed',
      "somebody else's second coin",
      valid,
      viewOf({}, { scriptPubKey: bob.script }),
    ],
    ['mandatory-script-verify-flag-failed', 'an output changed afterwards', withOutputs(100n), viewOf()],
    ['bad-txns-inputs-missingorspent', 'a coin that is not there', valid, new CoinView(coins.slice(1))],
  ])('answers %s to %s', (code, _, transaction, view) => {
    expect(checkTransactionScripts(transaction, view)).toMatchObject({ ok: false, code });
  });

  it('says which coin or input it means', () => {
    const missing = checkTransactionScripts(valid, new CoinView());
    expect(missing).toMatchObject({ details: { outpoint: `${'1'.padStart(64, '0')}:0` } });
    const notSigned = checkTransactionScripts(valid, viewOf({}, { scriptPubKey: bob.script }));
    expect(notSigned).toMatchObject({ details: { input: 1 } });
    expect(!notSigned.ok && notSigned.message).toContain(bytesToHex(bob.script.slice(3, 23)));
  });
});

describe('isFinal', () => {
  it.each([
    ['no lock time', 0, 0, 5, 0, true],
    ['a height that has passed', 4, 0, 5, 0, true],
    ['its own height', 5, 0, 5, 0, false],
    ['a height to come', 6, 0, 5, 0, false],
    ['a height to come, switched off', 6, 0xffffffff, 5, 0, true],
    ['the last height', 499_999_999, 0, 5, 1_700_000_000, false],
    ['the first time', 500_000_000, 0, 5, 500_000_001, true],
    ['a time that has passed', 1_699_999_999, 0, 5, 1_700_000_000, true],
    ['the median time itself', 1_700_000_000, 0, 5, 1_700_000_000, false],
    ['a time to come, switched off', 1_800_000_000, 0xffffffff, 5, 1_700_000_000, true],
  ])('with %s', (_, lockTime, sequence, height, medianTimePast, expected) => {
    const inputs = valid.inputs.map((input) => ({ ...input, sequence }));
    expect(isFinal({ ...valid, lockTime, inputs }, height, medianTimePast)).toBe(expected);
  });

  it('is not switched off by one of two inputs', () => {
    const inputs = valid.inputs.map((input, index) => ({ ...input, sequence: index === 0 ? 0xffffffff : 0xfffffffe }));
    expect(isFinal({ ...valid, lockTime: 6, inputs }, 5, 0)).toBe(false);
    expect(isFinal({ ...valid, lockTime: 6, inputs: [], version: NULL_OUTPOINT.vout }, 5, 0)).toBe(true);
  });
});
