/** Amounts and names as people read them. */
import { describe, expect, it } from 'vitest';
import { ownerOf } from '@pocket/testkit/builders';
import { formatAmount, signUnits } from '../../src/format/amount.ts';
import { ownerOfScript } from '../../src/format/owner.ts';
import { regional } from '../../src/format/regional.ts';
import { shorten } from '../../src/format/shorten.ts';

describe('an amount', () => {
  it.each([
    ['0', '0'],
    ['1', '0.00000001'],
    ['100000000', '1'],
    ['150000000', '1.5'],
    ['-150000000', '-1.5'],
    ['-1', '-0.00000001'],
    ['123456789012345678901234567890', '1234567890123456789012.3456789'],
  ])('of %s base units is %s', (baseUnits, units) => {
    expect(signUnits(baseUnits)).toBe(units);
  });

  it('is written by the rules of the language, with all its digits', () => {
    expect(formatAmount('123456789012345678', 'de')).toBe('1.234.567.890,12345678');
    expect(formatAmount('123456789012345678', 'en-GB')).toBe('1,234,567,890.12345678');
  });
});

describe('a language', () => {
  it('is the reader’s own form of it where there is one', () => {
    expect(regional('en', ['de-AT', 'en-GB', 'en'])).toBe('en-GB');
    expect(regional('en', ['de-AT'])).toBe('en');
    expect(regional('de', ['den'])).toBe('de');
  });
});

describe('a name', () => {
  it('is shortened only where that makes it shorter', () => {
    expect(shorten('0123456789abcdef', 4)).toBe('0123…cdef');
    expect(shorten('012345678', 4)).toBe('012345678');
  });

  it('of an owner is the address that the script pays', () => {
    const { script, address } = ownerOf(1);
    expect(ownerOfScript(script)).toBe(address);
    expect(ownerOfScript('6a')).toBeUndefined();
  });
});
