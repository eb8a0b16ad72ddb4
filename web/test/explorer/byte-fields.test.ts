/** Every byte of a header and of a transaction belongs to one field, and each field says what it holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeHeader,
  encodeTransaction,
  type BlockHash,
  type BlockHeader,
  type Transaction,
  type Txid,
} from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { coinOf, mineOn, ownerOf, spend } from '@pocket/testkit/builders';
import { headerFields, transactionFields, type ByteField } from '../../src/features/explorer/byte-fields.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const payment = spend([coinOf(alice, 500n, 7)], alice, [bob, 150_000_000n]);

function expectWhole(fields: readonly ByteField[], size: number): void {
  let at = 0;
  for (const { start, length } of fields) {
    expect(start).toBe(at);
    expect(length).toBeGreaterThan(0);
    at += length;
  }
  expect(at).toBe(size);
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const input = fc.record({
  prevout: fc.record({ txid: hash.map((hex) => hex as Txid), vout: uint32 }),
  scriptSig: bytes(300),
  sequence: uint32,
});
const output = fc.record({ value: fc.bigInt({ min: 0n, max: 2n ** 62n }), scriptPubKey: bytes(300) });
const anyTransaction: fc.Arbitrary<Transaction> = fc.record({
  version: uint32,
  inputs: fc.array(input, { maxLength: 5 }),
  outputs: fc.array(output, { maxLength: 5 }),
  lockTime: uint32,
});

describe('the fields', () => {
  it('of any transaction follow each other over all its bytes', () => {
    fc.assert(
      fc.property(anyTransaction, (transaction) =>
        expectWhole(transactionFields(transaction), encodeTransaction(transaction).length),
      ),
    );
  });

  it('of many inputs and outputs do so too', () => {
    const many = { ...payment, outputs: Array.from({ length: 300 }, () => payment.outputs).flat() };
    expectWhole(transactionFields(many), encodeTransaction(many).length);
  });

  it('of a payment say what is in it', () => {
    const fields = transactionFields(payment);
    const valueOf = (kind: ByteField['kind']) => fields.find((field) => field.kind === kind)?.value;
    expect(valueOf('prevoutTxid')).toBe(payment.inputs[0]?.prevout.txid);
    expect(valueOf('publicKey')).toBe(alice.publicKey);
    expect(valueOf('publicKeyHash')).toBe(bob.address);
    expect(valueOf('value')).toBe('1.5');
    expect(valueOf('hashType')).toBe('1');
  });

  it('of a coinbase name its script as one', () => {
    const [coinbase] = mineOn(undefined, alice).transactions;
    expect(coinbase && transactionFields(coinbase).map(({ kind }) => kind)).toContain('coinbaseScript');
  });

  it('of a header are six, over its 80 bytes', () => {
    const header: BlockHeader = mineOn({ height: 0, blockHash: 'ab'.repeat(32) as BlockHash }, alice).header;
    const fields = headerFields(header);
    expectWhole(fields, encodeHeader(header).length);
    expect(fields.map(({ value }) => value)).toEqual([
      String(header.version),
      header.previousBlockHash,
      header.merkleRoot,
      new Date(header.time * 1000).toISOString(),
      '1f100000',
      String(header.nonce),
    ]);
  });
});
