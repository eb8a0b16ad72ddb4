/** Every field of a block as text: what is written is read again, what changes is marked, what cannot be is refused. */
import { blockHashOf, encodeBlock, type Block } from '@pocket/chain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf, bytesOf, hashOf, int32Of, uint32Of } from '../../src/features/lab/field-text.ts';
import {
  headerFields,
  inputFields,
  outputFields,
  transactionFields,
  type LabField,
} from '../../src/features/lab/fields.ts';
import {
  fateOf,
  isChanged,
  takenFrom,
  withAdded,
  withBlock,
  withoutTransaction,
  withSwapped,
  withTwice,
  type LabBlock,
} from '../../src/features/lab/lab-block.ts';
import { owners, testChain } from './lab-chain.ts';

const SEED = 20_267;
const { blocks } = testChain([0, 0, 1, 3]);
const lab = takenFrom(blocks[4] ?? noBlock());

function noBlock(): never {
  throw new Error('the test chain has no such block');
}

function fieldsOf(of: LabBlock): LabField[] {
  const inTransactions = of.block.transactions.flatMap(({ inputs, outputs }, index) => [
    ...transactionFields(of, index),
    ...inputs.flatMap((_, input) => inputFields(of, index, input)),
    ...outputs.flatMap((_, output) => outputFields(of, index, output)),
  ]);
  return [...headerFields(of), ...inTransactions];
}

const fieldAt = (of: LabBlock, key: string): LabField =>
  fieldsOf(of).find((field) => field.key === key) ?? noField(key);
const noField = (key: string): never => {
  throw new Error(`there is no field ${key}`);
};
const same = (left: Block, right: Block): boolean => Buffer.compare(encodeBlock(left), encodeBlock(right)) === 0;

describe('the fields of a block', () => {
  it('are all there: of the header, of a coinbase, of a payment', () => {
    const keys = fieldsOf(lab).map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining([
        ...['header.version', 'header.previousBlockHash', 'header.merkleRoot', 'header.time', 'header.bits'],
        ...['header.nonce', 'tx.0.coinbaseHeight', 'tx.0.extraNonce', 'tx.0.in.0.scriptSig', 'tx.0.out.0.value'],
        ...['tx.1.txVersion', 'tx.1.lockTime', 'tx.1.in.0.txid', 'tx.1.in.0.vout', 'tx.1.in.0.signature'],
        ...['tx.1.in.0.publicKey', 'tx.1.in.0.sequence', 'tx.1.out.0.address', 'tx.1.out.1.scriptPubKey'],
      ]),
    );
    expect(keys).not.toContain('tx.0.in.0.signature');
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('make the same block of their own texts, and none of them is changed', () => {
    for (const field of fieldsOf(lab)) {
      expect(field.changed, field.key).toBe(false);
      expect(same(field.write(field.text)?.block ?? noBlock(), lab.block), field.key).toBe(true);
    }
  });

  it.each([
    ['header.version', '-1'],
    ['header.previousBlockHash', '11'.repeat(32)],
    ['header.merkleRoot', '22'.repeat(32)],
    ['header.time', '1800000000'],
    ['header.bits', '0x207fffff'],
    ['header.nonce', '7'],
    ['tx.0.coinbaseHeight', '300'],
    ['tx.0.extraNonce', '0102030405060708'],
    ['tx.0.out.0.value', '-5'],
    ['tx.1.txVersion', '2'],
    ['tx.1.lockTime', '500000000'],
    ['tx.1.in.0.txid', 'ab'.repeat(32)],
    ['tx.1.in.0.vout', '4294967295'],
    ['tx.1.in.0.signature', '3006020101020101'],
    ['tx.1.in.0.publicKey', `02${'11'.repeat(32)}`],
    ['tx.1.in.0.sequence', '0x00000001'],
    ['tx.1.out.0.address', owners[0].address],
    ['tx.1.out.1.scriptPubKey', '6a'],
  ])('%s takes %s, is marked, and only what it stands in is changed', (key, text) => {
    const written = fieldAt(lab, key).write(text) ?? noBlock();
    expect(fieldAt(written, key)).toMatchObject({ text, changed: true });
    expect(isChanged(written)).toBe(true);
    const place = key.split('.').slice(0, 2).join('.');
    const changed = fieldsOf(written).filter((field) => field.changed);
    expect(changed.every((field) => field.key.startsWith(place))).toBe(true);
    expect(blockHashOf(written.block.header) === blockHashOf(lab.block.header)).toBe(!key.startsWith('header'));
  });

  it.each([
    ['header.time', 'noon'],
    ['header.nonce', '4294967296'],
    ['header.previousBlockHash', 'ab'],
    ['tx.0.extraNonce', '00'],
    ['tx.1.out.0.value', '1.5'],
    ['tx.1.out.0.value', '9223372036854775808'],
    ['tx.1.out.0.address', 'nobody'],
    ['tx.1.in.0.scriptSig', 'abc'],
  ])('%s cannot be %s', (key, text) => {
    expect(fieldAt(lab, key).write(text)).toBeUndefined();
  });
});

describe('texts', () => {
  it('of any value are read as that value', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: -0x80000000, max: 0x7fffffff }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.uint8Array({ maxLength: 50 }),
        (whole, signed, amount, bytes) => {
          expect(uint32Of(String(whole))).toBe(whole);
          expect(uint32Of(`0x${whole.toString(16)}`)).toBe(whole);
          expect(int32Of(String(signed))).toBe(signed);
          expect(amountOf(amount.toString())).toBe(amount);
          expect(bytesOf(Buffer.from(bytes).toString('hex'))).toEqual(bytes);
        },
      ),
      { seed: SEED },
    );
  });

  it('of anything else are nothing, and never an exception', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const read of [uint32Of, int32Of, amountOf, hashOf, bytesOf]) expect(() => read(text)).not.toThrow();
      }),
      { seed: SEED },
    );
    expect([uint32Of(''), uint32Of('-1'), uint32Of('1e3'), amountOf(''), hashOf('zz')]).toEqual(
      new Array(5).fill(undefined),
    );
  });
});

describe('transactions', () => {
  const fates = (of: LabBlock) => of.block.transactions.map((_, index) => fateOf(of, index));

  it('are known by where they come from', () => {
    expect(fates(lab)).toEqual(['same', 'same', 'same', 'same']);
    expect(fates(withSwapped(lab, 1))).toEqual(['same', 'moved', 'moved', 'same']);
    expect(fates(withTwice(lab, 2))).toEqual(['same', 'same', 'same', 'added', 'moved']);
    expect(fates(withoutTransaction(lab, 2))).toEqual(['same', 'same', 'moved']);
    expect(fates(withAdded(lab, lab.block.transactions[1] ?? noBlock()))[4]).toBe('added');
    expect(fates(fieldAt(lab, 'tx.2.out.0.value').write('1') ?? noBlock())).toEqual([
      'same',
      'same',
      'changed',
      'same',
    ]);
  });

  it('are recognized in raw bytes, also where they stand elsewhere', () => {
    const [coinbase, one, two, three] = lab.block.transactions;
    if (coinbase === undefined || one === undefined || two === undefined || three === undefined) noBlock();
    const raw = withBlock(lab, { ...lab.block, transactions: [coinbase, two, one] });
    expect(fates(raw)).toEqual(['same', 'moved', 'moved']);
    expect(isChanged(raw)).toBe(true);
    expect(isChanged(withBlock(raw, lab.block))).toBe(false);
    expect(fates(withBlock(lab, { ...lab.block, transactions: [coinbase, one, one] }))).toEqual([
      'same',
      'same',
      'added',
    ]);
  });
});
