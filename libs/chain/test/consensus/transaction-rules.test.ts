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

  it.each<[RejectCode, string, Transaction]>([
    ['bad-txns-vin-empty', 'no input', { ...valid, inputs: [] }],
    ['bad-txns-vout-empty', 'no output', { ...valid, outputs: [] }],
    ['bad-txns-oversize', '1,000,001 bytes', ofSize(1_000_001)],
    ['bad-txns-vout-negative', 'a negative output', withOutputs(-1n)],
    ['bad-txns-vout-negative', 'the smallest int64', withOutputs(-(2n ** 63n))],
    ['bad-txns-vout-toolarge', 'an output above all money', withOutputs(MAX_MONEY + 1n)],
    ['bad-txns-txouttotal-toolarge', 'outputs above all money', withOutputs(MAX_MONEY, 1n)],
    ['scriptpubkey', 'a bare OP_1', { ...valid, outputs: [{ value: 1n, scriptPubKey: Uint8Array.of(0x51) }] }],
    ['scriptpubkey', 'an empty script', { ...coinbase, outputs: [{ value: 1n, scriptPubKey: new Uint8Array(0) }] }],
    ['bad-txns-inputs-duplicate', 'an input twice', { ...valid, inputs: [...valid.inputs, ...valid.inputs] }],
    ['bad-cb-length', 'a coinbase script of 1 byte', coinbaseWithScript(1)],
    ['bad-cb-length', 'a coinbase script of 101 bytes', coinbaseWithScript(101)],
    [
      'bad-txns-prevout-null',
      'a coinbase input in a payment',
      { ...valid, inputs: [...valid.inputs, ...coinbase.inputs] },
    ],
  ])('answers %s to %s', (code, _, transaction) => {
    expect(checkTransaction(transaction)).toMatchObject({ ok: false, code });
  });

  it('makes transactions of the size it says', () => {
    expect(encodeTransaction(ofSize(1_000_000))).toHaveLength(1_000_000);
  });
});

const viewOf = (...changed: Partial<Coin>[]) =>
  new CoinView(coins.map(({ outpoint, coin }, index) => ({ outpoint, coin: { ...coin, ...changed[index] } })));
const MATURE = { ...EASY, coinbaseMaturity: 100 };

describe('checkTransactionInputs', () => {
  it.each([
    ['spends all', withOutputs(100n), 0n],
    ['leaves a fee', withOutputs(70n, 20n), 10n],
    ['gives all to the miner', withOutputs(0n), 100n],
  ])('answers the fee of one that %s', (_, transaction, fee) => {
    expect(checkTransactionInputs(transaction, viewOf(), 5, EASY)).toEqual({ ok: true, fee });
  });

  it.each<[RejectCode, string, CoinView]>([
    ['bad-txns-inputs-missingorspent', 'an unknown coin', new CoinView(coins.slice(1))],
    ['bad-txns-inputs-missingorspent', 'no coin at all', new CoinView()],
    ['bad-txns-premature-spend-of-coinbase', 'a reward of 99 blocks', viewOf({ coinbase: true, height: 2 })],
    ['bad-txns-inputvalues-outofrange', 'a coin above all money', viewOf({ value: MAX_MONEY + 1n })],
    ['bad-txns-inputvalues-outofrange', 'a negative coin', viewOf({ value: -1n })],
    ['bad-txns-inputvalues-outofrange', 'a negative coin behind another', viewOf({}, { value: -1n })],
    ['bad-txns-inputvalues-outofrange', 'coins above all money', viewOf({ value: MAX_MONEY }, { value: 1n })],
    ['bad-txns-in-belowout', 'one base unit too little', viewOf({ value: 49n })],
  ])('answers %s to %s', (code, _, view) => {
    expect(checkTransactionInputs(valid, view, 101, MATURE)).toMatchObject({ ok: false, code });
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
