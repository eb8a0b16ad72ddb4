// Bytes and their text forms: literals for the edges, round trips for the rest.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesFromLatin1,
  bytesToHex,
  concatBytes,
  equalBytes,
  hexToBytes,
  isHex,
  latin1FromBytes,
  reversed,
} from '../src/index.ts';

const anyBytes = fc.uint8Array({ maxLength: 70 });
/** More than one function call may have arguments. */
const manyBytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);

describe('hex', () => {
  it('is lower case when written and either case when read', () => {
    expect(bytesToHex(Uint8Array.of(0, 9, 10, 171, 255))).toBe('00090aabff');
    expect(hexToBytes('00090aABff')).toEqual(Uint8Array.of(0, 9, 10, 171, 255));
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes);
      }),
    );
  });

  it('goes there and back for many bytes', () => {
    expect(bytesToHex(manyBytes)).toBe(Buffer.from(manyBytes).toString('hex'));
    expect(equalBytes(hexToBytes(bytesToHex(manyBytes)), manyBytes)).toBe(true);
  });

  it.each(['0', 'zz', '0x00', ' 00', '00\n', '0g', '００'])('refuses %j', (text) => {
    expect(isHex(text)).toBe(false);
    expect(() => hexToBytes(text)).toThrow(TypeError);
  });

  it('knows how many bytes were asked for', () => {
    expect(isHex('')).toBe(true);
    expect(isHex('abcd', 2)).toBe(true);
    expect(isHex('abcd', 1)).toBe(false);
    expect(isHex('abcd', 4)).toBe(false);
  });
});

describe('latin1', () => {
  it('gives each byte the character of its code point', () => {
    expect(latin1FromBytes(Uint8Array.of(0x41, 0x00, 0xe9, 0xff))).toBe('A\u0000éÿ');
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(bytesFromLatin1(latin1FromBytes(bytes))).toEqual(bytes);
      }),
    );
  });

  it('goes there and back for many bytes', () => {
    expect(equalBytes(bytesFromLatin1(latin1FromBytes(manyBytes)), manyBytes)).toBe(true);
  });

  it.each(['Ā', '€', '😀'])('refuses %s', (text) => {
    expect(() => bytesFromLatin1(text)).toThrow(RangeError);
  });
});

describe('arrays', () => {
  it('are joined in order', () => {
    expect(concatBytes()).toEqual(new Uint8Array(0));
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('are equal only with equal length and bytes', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2))).toBe(false);
  });

  it('are reversed into a new array', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(reversed(bytes)).toEqual(Uint8Array.of(3, 2, 1));
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
  });
});
