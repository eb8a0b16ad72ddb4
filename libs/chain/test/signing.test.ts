// Signatures: bitcoinjs-lib signs the same digests, accepts ours, and ours accepts its; one break each is refused.
import { bytesToHex, concatBytes, hexToBytes, signDigest } from '@pocket/crypto';
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import { Transaction as Judge, payments, script as judgeScript } from 'bitcoinjs-lib';
import { ECPairFactory } from 'ecpair';
import fc from 'fast-check';
import * as tiny from 'tiny-secp256k1';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Transaction,
  decodeTransaction,
  encodeTransaction,
  p2pkhScriptSig,
  parseP2pkhScriptSig,
  signTransaction,
  signatureHash,
  verifyInput,
} from '../src/index.ts';
import { alice, anyTransaction, bob, coinOf, outpointOf, spend } from './builders.ts';

const ecpair = ECPairFactory(tiny);
const alicePair = ecpair.fromPrivateKey(alice.privateKey);
const SIGHASH_ALL = 1;

beforeAll(async () => {
  await useFastestSecp256k1();
});

describe('signatureHash', () => {
  it('is that of bitcoinjs-lib for every input', () => {
    fc.assert(
      fc.property(anyTransaction, (transaction) => {
        const judged = Judge.fromBuffer(encodeTransaction(transaction));
        for (const index of transaction.inputs.keys()) {
          const expected = judged.hashForSignature(index, alice.script, SIGHASH_ALL);
          expect(signatureHash(transaction, index, alice.script)).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is that of bitcoinjs-lib across a longer count of inputs', () => {
    const coins = Array.from({ length: 253 }, (_, index) => ({
      outpoint: outpointOf(index + 1),
      coin: coinOf(alice, 5n),
    }));
    const inputs = coins.map(({ outpoint }) => ({ prevout: outpoint, scriptSig: new Uint8Array(3), sequence: 0 }));
    const transaction: Transaction = { version: 2, inputs, outputs: [], lockTime: 9 };
    const judged = Judge.fromBuffer(encodeTransaction(transaction));
    for (const index of [0, 1, 252]) {
      const expected = judged.hashForSignature(index, bob.script, SIGHASH_ALL);
      expect(signatureHash(transaction, index, bob.script)).toEqual(expected);
    }
  });

  it.each([-1, 1, 0.5])('has no input %s of a transaction with one', (index) => {
    const transaction = spend([{ outpoint: outpointOf(1), coin: coinOf(alice, 5n) }], alice, [[bob, 5n]]);
    expect(() => signatureHash(transaction, index, alice.script)).toThrow(RangeError);
  });
});

describe('our signatures', () => {
  it('are accepted by bitcoinjs-lib', () => {
    fc.assert(
      fc.property(anyTransaction, (unsigned) => {
        const coins = unsigned.inputs.map(() => coinOf(alice, 5n));
        const transaction = signTransaction(unsigned, coins, () => alice.privateKey);
        const judged = Judge.fromBuffer(encodeTransaction(transaction));
        for (const [index, input] of judged.ins.entries()) {
          const { pubkey, signature } = payments.p2pkh({ input: input.script });
          const decoded = judgeScript.signature.decode(signature ?? new Uint8Array(0));
          expect(decoded.hashType).toBe(SIGHASH_ALL);
          expect(pubkey).toEqual(alicePair.publicKey);
          const digest = judged.hashForSignature(index, alice.script, SIGHASH_ALL);
          expect(alicePair.verify(digest, decoded.signature)).toBe(true);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('signatures of bitcoinjs-lib', () => {
  it('are accepted by us', () => {
    fc.assert(
      fc.property(anyTransaction, (unsigned) => {
        const judged = Judge.fromBuffer(encodeTransaction(unsigned));
        for (const index of judged.ins.keys()) {
          const digest = judged.hashForSignature(index, alice.script, SIGHASH_ALL);
          const signature = judgeScript.signature.encode(alicePair.sign(digest), SIGHASH_ALL);
          const { input } = payments.p2pkh({ pubkey: alicePair.publicKey, signature });
          judged.setInputScript(index, input ?? new Uint8Array(0));
        }
        const decoded = decodeTransaction(judged.toBuffer());
        if (!decoded.ok) throw new Error(decoded.message);
        for (const index of unsigned.inputs.keys()) {
          expect(verifyInput(decoded.transaction, index, coinOf(alice, 5n))).toEqual({ ok: true });
        }
        const ours = signTransaction(
          unsigned,
          unsigned.inputs.map(() => coinOf(alice, 5n)),
          () => alice.privateKey,
        );
        expect(decoded.transaction).toEqual(ours);
      }),
      { numRuns: 15 },
    );
  });
});

describe('verifyInput', () => {
  const coin = coinOf(alice, 5n);
  const coins = [1, 2].map((number) => ({ outpoint: outpointOf(number), coin }));
  const valid = spend(coins, alice, [
    [bob, 6n],
    [alice, 4n],
  ]);
  const [firstInput, secondInput] = valid.inputs;
  const parsed = parseP2pkhScriptSig(firstInput?.scriptSig ?? new Uint8Array(0));
  if (firstInput === undefined || secondInput === undefined || parsed === undefined) throw new Error('no inputs');

  const withScript = (scriptSig: Uint8Array): Transaction => ({
    ...valid,
    inputs: [{ ...firstInput, scriptSig }, secondInput],
  });
  const highS = (): Uint8Array => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const { signature } = judgeScript.signature.decode(concatBytes(parsed.signature, Uint8Array.of(1)));
    const s = order - BigInt(`0x${bytesToHex(signature.slice(32))}`);
    const compact = concatBytes(signature.slice(0, 32), hexToBytes(s.toString(16).padStart(64, '0')));
    return judgeScript.signature.encode(compact, SIGHASH_ALL).slice(0, -1);
  };

  it('accepts both inputs of a signed transaction', () => {
    expect(verifyInput(valid, 0, coin)).toEqual({ ok: true });
    expect(verifyInput(valid, 1, coin)).toEqual({ ok: true });
  });

  const bobsSignature = signDigest(signatureHash(valid, 0, alice.script), bob.privateKey);
  const sig = parsed.signature;
  const key = parsed.publicKey;
  const bobsKey = ecpair.fromPrivateKey(bob.privateKey).publicKey;

  it.each<[string, Transaction]>([
    ['no script', withScript(new Uint8Array(0))],
    ['a signature by somebody else', withScript(p2pkhScriptSig(bobsSignature, key))],
    ["somebody else's key and signature", withScript(p2pkhScriptSig(bobsSignature, bobsKey))],
    ['the signature of another input', withScript(secondInput.scriptSig)],
    ['a high S', withScript(p2pkhScriptSig(highS(), key))],
    ['no strict DER', withScript(p2pkhScriptSig(concatBytes(sig, Uint8Array.of(0)), key))],
    ['SIGHASH_NONE', withScript(concatBytes(p2pkhScriptSig(sig, key)).map((b, i) => (i === sig.length + 1 ? 2 : b)))],
    ['a byte behind its script', withScript(concatBytes(firstInput.scriptSig, Uint8Array.of(0)))],
    ['an output changed', { ...valid, outputs: valid.outputs.map((output) => ({ ...output, value: 5n })) }],
    ['an output less', { ...valid, outputs: valid.outputs.slice(1) }],
    ['another version', { ...valid, version: 2 }],
    ['another lock time', { ...valid, lockTime: 1 }],
    ['another sequence', { ...valid, inputs: [firstInput, { ...secondInput, sequence: 0 }] }],
    ['an input less', { ...valid, inputs: [firstInput] }],
    ['inputs swapped', { ...valid, inputs: [secondInput, firstInput] }],
    ['no such input', { ...valid, inputs: [] }],
  ])('refuses %s', (_, transaction) => {
    const answer = verifyInput(transaction, 0, coin);
    expect(answer).toMatchObject({ ok: false, code: 'mandatory-script-verify-flag-failed', details: { input: 0 } });
  });

  it.each([
    ["somebody else's coin", coinOf(bob, 5n)],
    ['a coin that is not P2PKH', { ...coin, scriptPubKey: hexToBytes('51') }],
  ])('refuses %s', (_, otherCoin) => {
    expect(verifyInput(valid, 0, otherCoin)).toMatchObject({
      ok: false,
      code: 'mandatory-script-verify-flag-failed',
    });
  });

  it('is for whole transactions: a coin or a key too few is a bug', () => {
    expect(() => signTransaction(valid, [coin], () => alice.privateKey)).toThrow(/input 1/);
    expect(() => signTransaction(valid, [coin, coin], [alice.privateKey])).toThrow(/input 1/);
    expect(signTransaction(valid, [coin, coin], [alice.privateKey, alice.privateKey])).toEqual(valid);
  });
});
