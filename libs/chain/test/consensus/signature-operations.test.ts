// Signature operations counted as Bitcoin counts them: by opcode, past what is pushed, up to where a script breaks off.
import { hexToBytes } from '@pocket/crypto';
import { describe, expect, it } from 'vitest';
import { type Transaction, signatureOperationsOf } from '../../src/index.ts';
import { alice, bob, coinOf, outpointOf, spend } from '../builders.ts';

const payment = spend([{ outpoint: outpointOf(1), coin: coinOf(alice, 9n) }], alice, [
  [bob, 4n],
  [alice, 5n],
]);
const withScriptSig = (hex: string): Transaction => ({
  ...payment,
  inputs: payment.inputs.map((input) => ({ ...input, scriptSig: hexToBytes(hex) })),
  outputs: [],
});

describe('signatureOperationsOf', () => {
  it('counts one for each P2PKH output and none for what an input pushes', () => {
    expect(signatureOperationsOf(payment)).toBe(2);
  });

  it('counts in outputs of other kinds too', () => {
    const scriptPubKey = hexToBytes('ac');
    expect(signatureOperationsOf({ ...payment, outputs: [{ value: 0n, scriptPubKey }] })).toBe(1);
  });

  it.each([
    ['nothing', '', 0],
    ['OP_CHECKSIG', 'ac', 1],
    ['OP_CHECKSIGVERIFY', 'ad', 1],
    ['OP_CHECKMULTISIG', 'ae', 20],
    ['OP_CHECKMULTISIGVERIFY', 'af', 20],
    ['its neighbours', 'abb0', 0],
    ['a pushed OP_CHECKSIG', '01ac', 0],
    ['one behind a push', '01acac', 1],
    ['OP_PUSHDATA1', '4c02acacac', 1],
    ['OP_PUSHDATA2', '4d0200acacac', 1],
    ['OP_PUSHDATA4', '4e02000000acacac', 1],
    ['OP_1NEGATE, which pushes nothing more', '4fac', 1],
    ['one before a push that breaks off', 'ac4bacac', 1],
    ['a push whose length breaks off', '4d02', 0],
    ['a push of four thousand million bytes', '4effffffffac', 0],
  ])('of %s (%s) is %i', (_, hex, count) => {
    expect(signatureOperationsOf(withScriptSig(hex))).toBe(count);
  });
});
