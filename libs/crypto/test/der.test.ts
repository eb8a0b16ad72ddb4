// Strict DER (BIP 66): signatures from Bitcoin's history, one break of the form each, and bitcoinjs-lib as the judge.
import { script } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToHex, concatBytes, decodeDer, encodeDer, hexToBytes } from '../src/index.ts';

const pad = (hex: string) => hex.padStart(64, '0');

const VALID: [why: string, der: string, r: string, s: string][] = [
  [
    'both integers of 32 bytes',
    '3044022029db2d5f4e1dcc04e19266cce3cb135865784c62ab653b307f0e0bb744f5c2aa022000a97f5826912cac8b44d9f577a26f169a2f8db781f2ddb7de2bc886e93b6844',
    '29db2d5f4e1dcc04e19266cce3cb135865784c62ab653b307f0e0bb744f5c2aa',
    'a97f5826912cac8b44d9f577a26f169a2f8db781f2ddb7de2bc886e93b6844',
  ],
  [
    's of 31 bytes',
    '304302201ea1fdff81b3a271659df4aad19bc4ef83def389131a36358fe64b245632e777021f29e164658be9ce810921bf81d6b86694785a79ea1e52dbfa5105148d1f0bc1',
    '1ea1fdff81b3a271659df4aad19bc4ef83def389131a36358fe64b245632e777',
    '29e164658be9ce810921bf81d6b86694785a79ea1e52dbfa5105148d1f0bc1',
  ],
  ['zero and zero', '3006020100020100', '0', '0'],
  ['one and 127', '300602010102017f', '1', '7f'],
  ['a zero byte in front of a high bit', '300802020080020200ff', '80', 'ff'],
  ['33 bytes each', `3046022100${'ff'.repeat(32)}022100${'80'.repeat(32)}`, 'ff'.repeat(32), '80'.repeat(32)],
];

const INVALID: [why: string, der: string][] = [
  ['nothing', ''],
  ['too short', '30050201010200'],
  ['too long', `3047022200${'80'.repeat(33)}022100${'80'.repeat(32)}`],
  ['no sequence', '310602010102017f'],
  ['a total length too small', '300502010102017f'],
  ['a total length too big', '300702010102017f'],
  ['a byte behind it', '300602010102017f00'],
  ['a hash type behind it', '300602010102017f01'],
  ['a long-form length', '30810602010102017f'],
  ['r that is no integer', '300603010102017f'],
  ['s that is no integer', '300602010103017f'],
  ['r of no length', '3006020002020100'],
  ['s of no length', '3006020201000200'],
  ['r past the end', '300602050102017f'],
  ['r up to the end', '300602040102017f'],
  ['s past the end', '300602010102027f'],
  ['s before the end', '30070201010201017f'],
  ['a negative r', '300602018002017f'],
  ['a negative s', '30060201010201ff'],
  ['a padded r', '30070202000102017f'],
  ['a padded s', '30070201010202007f'],
  ['a padded zero', '30070202000002017f'],
  ['r of 33 bytes', `30260221${'01'.repeat(33)}020101`],
];

describe('decodeDer', () => {
  it.each(VALID)('reads %s, and encodeDer writes it', (_, der, r, s) => {
    const compact = hexToBytes(pad(r) + pad(s));
    expect(decodeDer(hexToBytes(der))).toEqual(compact);
    expect(bytesToHex(encodeDer(compact))).toBe(der);
  });

  it.each(INVALID)('refuses %s', (_, der) => {
    expect(decodeDer(hexToBytes(der))).toBeUndefined();
  });

  it('inverts encodeDer', () => {
    fc.assert(
      fc.property(scalar(), scalar(), (r, s) => {
        const compact = concatBytes(r, s);
        expect(decodeDer(encodeDer(compact))).toEqual(compact);
      }),
    );
  });

  it('agrees with bitcoinjs-lib on damaged signatures', () => {
    fc.assert(
      fc.property(scalar(), scalar(), fc.nat(), fc.nat(255), fc.boolean(), (r, s, where, byte, cut) => {
        const der = encodeDer(concatBytes(r, s));
        der[where % Math.min(der.length, 8)] = byte;
        const damaged = cut ? der.slice(0, -1) : der;
        const canonical = script.isCanonicalScriptSignature(concatBytes(damaged, Uint8Array.of(1)));
        const decoded = decodeDer(damaged);
        if (decoded !== undefined) expect(bytesToHex(encodeDer(decoded))).toBe(bytesToHex(damaged));
        expect(decoded !== undefined).toBe(canonical && fitsScalars(damaged));
      }),
      { numRuns: 300 },
    );
  });
});

describe('encodeDer', () => {
  it.each([0, 63, 65])('refuses %i bytes', (length) => {
    expect(() => encodeDer(new Uint8Array(length))).toThrow(RangeError);
  });
});

/** Scalars of every length, so that all shapes of DER occur. */
function scalar(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: 0, maxLength: 32 }).map((digits) => {
    const bytes = new Uint8Array(32);
    bytes.set(digits, 32 - digits.length);
    return bytes;
  });
}

/** BIP 66 looks at the form alone and lets integers through that no scalar holds; `decodeDer` does not. */
function fitsScalars(der: Uint8Array): boolean {
  const rLength = der[3] ?? 0;
  const sLength = der[5 + rLength] ?? 0;
  const fits = (length: number, first: number | undefined) => length <= 32 || (length === 33 && first === 0);
  return fits(rLength, der[4]) && fits(sLength, der[6 + rLength]);
}
