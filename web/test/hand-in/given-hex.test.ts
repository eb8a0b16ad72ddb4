/** Hex as it is given, and the nonce that a refused block lacks. */
import { checkBlockAlone, decodeBlock, networks } from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';
import { createReferenceSearch } from '@pocket/pow';
import { describe, expect, it } from 'vitest';
import { bareHex, faultOf, nonceThatMeets, withNonce } from '../../src/features/hand-in/given-hex.ts';

const { search } = createReferenceSearch();
const HEADER = `00000020${'ab'.repeat(32)}${'cd'.repeat(32)}00f153650000101f00000000`;

describe('given hex', () => {
  it('is taken without spaces and ends of lines, in small letters', () => {
    expect(bareHex(' 01 AB\n cd\t')).toBe('01abcd');
  });

  it.each([
    ['', 'empty'],
    ['0g', 'digits'],
    ['012', 'odd'],
    ['0123', undefined],
  ])('%j has the fault %s', (hex, fault) => {
    expect(faultOf(hex)).toBe(fault);
  });
});

describe('a block without its work', () => {
  it('gets a nonce with which its hash meets its target, and nothing else is changed', () => {
    const hex = `${HEADER}00`;
    const nonce = nonceThatMeets(hex, search);
    const mended = withNonce(hex, nonce ?? 0);
    expect(mended.slice(0, 152) + mended.slice(160)).toBe(hex.slice(0, 152) + hex.slice(160));
    const codeOf = (block: string) => {
      const decoded = decodeBlock(hexToBytes(block));
      const answer = decoded.ok ? checkBlockAlone(decoded.block, networks.pocket) : decoded;
      return answer.ok ? 'none' : answer.code;
    };
    expect(codeOf(hex)).toBe('high-hash');
    expect(codeOf(mended)).toBe('bad-txnmrklroot');
  });

  it('gets none where the bytes are no header', () => {
    expect(nonceThatMeets('0011', search)).toBeUndefined();
  });
});
