// Transactions to bytes and back: bitcoinjs-lib as the judge, a payment from Bitcoin's history, and bytes that are none.
import { bytesToHex, concatBytes, equalBytes, hexToBytes } from '@pocket/crypto';
import { Transaction as Judge } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NULL_OUTPOINT, decodeTransaction, encodeTransaction, txidOf } from '../src/index.ts';
import { anyTransaction } from './builders.ts';

/** The first payment ever, from block 170. */
const FIRST_PAYMENT =
  '0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000';

const ONE_INPUT = `0100000001${'00'.repeat(32)}00000000`;
const REST = 'ffffffff0000000000';

describe('a transaction', () => {
  it('is the first payment of Bitcoin', () => {
    const decoded = decodeTransaction(hexToBytes(FIRST_PAYMENT));
    if (!decoded.ok) throw new Error(decoded.message);
    const { transaction } = decoded;
    expect(txidOf(transaction)).toBe('f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16');
    expect(transaction.inputs[0]?.prevout).toEqual({
      txid: '0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9',
      vout: 0,
    });
    expect(transaction.outputs.map(({ value }) => value)).toEqual([1_000_000_000n, 4_000_000_000n]);
    expect(bytesToHex(encodeTransaction(transaction))).toBe(FIRST_PAYMENT);
  });

  it('has the bytes and id that bitcoinjs-lib gives it, both ways', () => {
    fc.assert(
      fc.property(anyTransaction, (transaction) => {
        const bytes = encodeTransaction(transaction);
        const judged = Judge.fromBuffer(bytes);
        expect(equalBytes(judged.toBuffer(), bytes)).toBe(true);
        expect(judged.getId()).toBe(txidOf(transaction));
        expect(judged.outs.map(({ value }) => value)).toEqual(transaction.outputs.map(({ value }) => value));
        expect(decodeTransaction(judged.toBuffer())).toEqual({ ok: true, transaction });
      }),
      { numRuns: 60 },
    );
  });

  it.each([0xfc, 0xfd, 0xffff, 0x10000])('may have a script of %i bytes', (length) => {
    const input = { prevout: NULL_OUTPOINT, scriptSig: new Uint8Array(length), sequence: 0 };
    const transaction = { version: 1, inputs: [input], outputs: [], lockTime: 0 };
    const bytes = encodeTransaction(transaction);
    expect(equalBytes(Judge.fromBuffer(bytes).toBuffer(), bytes)).toBe(true);
    const decoded = decodeTransaction(bytes);
    expect(decoded.ok && equalBytes(encodeTransaction(decoded.transaction), bytes)).toBe(true);
  });

  it('may have no input and no output as far as its bytes go', () => {
    const transaction = { version: 2, inputs: [], outputs: [], lockTime: 7 };
    expect(bytesToHex(encodeTransaction(transaction))).toBe('02000000000007000000');
    expect(decodeTransaction(hexToBytes('02000000000007000000'))).toEqual({ ok: true, transaction });
  });
});

describe('decodeTransaction', () => {
  it.each([
    ['nothing', '', /end/],
    ['a version alone', '01000000', /end/],
    ['a missing last byte', FIRST_PAYMENT.slice(0, -2), /end/],
    ['a byte too many', `${FIRST_PAYMENT}00`, /1 bytes are left over/],
    ['a count in three bytes that fits one', `01000000fd0100${'00'.repeat(41)}0000000000`, /shortest form/],
    ['a count in five bytes that fits three', `01000000fefd000000${'00'.repeat(300)}`, /shortest form/],
    ['a count in nine bytes that fits five', `01000000ffffffffff00000000${'00'.repeat(300)}`, /shortest form/],
    ['a script length in three bytes that fits one', `${ONE_INPUT}fdfc00${'00'.repeat(252)}${REST}`, /shortest form/],
    [
      'a script length in five bytes that fits three',
      `${ONE_INPUT}feffff0000${'00'.repeat(0xffff)}${REST}`,
      /shortest form/,
    ],
    ['four thousand million inputs', '01000000feffffffff00000000', /needs more bytes/],
    ['2^64 - 1 inputs', '01000000ffffffffffffffffff00000000', /2\^53/],
    ['a script of 2^53 - 1 bytes', `${ONE_INPUT}ffffffffffffff1f00${REST}`, /end/],
    ['a witness', `010000000001${FIRST_PAYMENT.slice(8)}`, /./],
  ])('refuses %s', (_, hex, message) => {
    expect(decodeTransaction(hexToBytes(hex))).toMatchObject({
      ok: false,
      code: 'tx-decode-failed',
      message: expect.stringMatching(message) as string,
    });
  });

  it('answers any bytes, and what it accepts has these bytes alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (noise) => {
        const decoded = decodeTransaction(noise);
        if (decoded.ok) expect(encodeTransaction(decoded.transaction)).toEqual(noise);
      }),
      { numRuns: 200 },
    );
  });

  it('answers damaged transactions, and what it accepts has these bytes alone', () => {
    fc.assert(
      fc.property(anyTransaction, fc.nat(), fc.nat(255), fc.nat(3), (transaction, where, byte, cut) => {
        const bytes = encodeTransaction(transaction);
        bytes[where % bytes.length] = byte;
        const damaged = bytes.slice(0, bytes.length - cut);
        const decoded = decodeTransaction(damaged);
        if (decoded.ok) expect(encodeTransaction(decoded.transaction)).toEqual(damaged);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps no hold on the bytes it was given', () => {
    const bytes = concatBytes(hexToBytes(FIRST_PAYMENT));
    const decoded = decodeTransaction(bytes);
    bytes.fill(0);
    expect(decoded.ok && bytesToHex(encodeTransaction(decoded.transaction))).toBe(FIRST_PAYMENT);
  });
});
