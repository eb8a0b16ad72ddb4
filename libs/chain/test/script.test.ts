// The P2PKH template: bitcoinjs-lib writes and reads the same scripts, and one change makes it another script.
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { payments } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressOfScript,
  networks,
  p2pkhHash,
  p2pkhScript,
  p2pkhScriptSig,
  parseP2pkhScriptSig,
  scriptOfAddress,
} from '../src/index.ts';
import { alice } from './builders.ts';

const KEY = '0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const DER = '300602010102017f';
const SCRIPT = `76a914${'11'.repeat(20)}88ac`;
const SCRIPT_SIG = `09${DER}0121${KEY}`;

describe('a P2PKH scriptPubKey', () => {
  it('is the one bitcoinjs-lib makes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (hash) => {
        const script = p2pkhScript(hash);
        expect(payments.p2pkh({ hash }).output).toEqual(script);
        expect(p2pkhHash(script)).toEqual(hash);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['nothing', ''],
    ['another first opcode', `77${SCRIPT.slice(2)}`],
    ['another hash', `76a8${SCRIPT.slice(4)}`],
    ['another push', `76a913${SCRIPT.slice(6)}`],
    ['another comparison', `${SCRIPT.slice(0, -4)}87ac`],
    ['another end', `${SCRIPT.slice(0, -2)}ad`],
    ['a byte less', SCRIPT.slice(0, -2)],
    ['a byte more', `${SCRIPT}00`],
    ['P2SH', `a914${'11'.repeat(20)}87`],
    ['data', '6a0411223344'],
  ])('is not %s', (_, hex) => {
    expect(p2pkhHash(hexToBytes(hex))).toBeUndefined();
    expect(addressOfScript(hexToBytes(hex), networks.pocket)).toBeUndefined();
  });

  it('belongs to an address', () => {
    expect(alice.address).toBe('mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r');
    expect(addressOfScript(alice.script, networks.pocket)).toBe(alice.address);
    expect(scriptOfAddress(alice.address, networks.pocket)).toEqual(alice.script);
  });

  it('is not made from what is no hash or another network', () => {
    expect(() => p2pkhScript(new Uint8Array(32))).toThrow(RangeError);
    expect(() => scriptOfAddress(alice.address, { ...networks.pocket, addressVersion: 0 })).toThrow(RangeError);
  });
});

describe('a P2PKH scriptSig', () => {
  it('pushes signature with hash type, then key', () => {
    const script = p2pkhScriptSig(hexToBytes(DER), hexToBytes(KEY));
    expect(bytesToHex(script)).toBe(SCRIPT_SIG);
    expect(parseP2pkhScriptSig(script)).toEqual({
      signature: hexToBytes(DER),
      hashType: 1,
      publicKey: hexToBytes(KEY),
    });
  });

  it.each([
    ['nothing', ''],
    ['an empty signature', `0021${KEY}`],
    ['a signature alone', `09${DER}01`],
    ['a push past the end', `48${DER}0121${KEY}`],
    ['a signature of 74 bytes', `4a${'30'.repeat(74)}21${KEY}`],
    ['OP_PUSHDATA1', `4c09${DER}0121${KEY}`],
    ['an uncompressed key', `09${DER}0141${KEY}${'00'.repeat(32)}`],
    ['a key of 32 bytes', `09${DER}0120${KEY.slice(2)}`],
    ['a missing last byte', SCRIPT_SIG.slice(0, -2)],
    ['a byte more', `${SCRIPT_SIG}00`],
    ['something in front', `00${SCRIPT_SIG}`],
  ])('is not %s', (_, hex) => {
    expect(parseP2pkhScriptSig(hexToBytes(hex))).toBeUndefined();
  });
});
