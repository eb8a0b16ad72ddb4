/**
 * The shapes of the original's answers, written from the contract: what each string inside a string holds, the order of
 * its keys, and that its keys and signatures are real ones.
 */
import { createPublicKey } from 'node:crypto';
import { bytesFromLatin1, bytesToHex, hash160, hexToBytes, verifyDigest } from '@pocket/crypto';
import type { Block as Judge } from 'bitcoinjs-lib';
import { expect } from 'vitest';

export const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}$/;
export const HASH = /^[0-9a-f]{64}$/;

export interface BlockContent {
  timeStamp: string;
  transactions: string[];
  txsRootNode: string;
  prevHash: string;
  hash: string;
  nonce: number;
}
export interface TransactionContent {
  id: string;
  inputs: string[];
  outputs: string[];
  created: string;
  included_in_block?: string;
}
export interface InputContent {
  id: string | 0;
  output: number;
  sig: string | null;
  publicKey: string;
  publicKeyBytes: string;
}

export function expectKeys(value: object, keys: readonly string[]): void {
  expect(Object.keys(value)).toEqual(keys);
}

/** x and y of a PEM public key as OpenSSL reads it, hex. */
export function pointOf(pem: string): string {
  expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n$/);
  const key = createPublicKey(pem);
  const { crv, x = '', y = '' } = key.export({ format: 'jwk' });
  expect(crv).toBe('secp256k1');
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]).toString('hex');
}

type JudgedTransaction = NonNullable<Judge['transactions']>[number];

/** The signature in the original's shape is one of the raw transaction, by the key shown, over the spent output's script. */
export function expectSigned(text: string, transaction: JudgedTransaction): void {
  const inputs = (JSON.parse(text) as TransactionContent).inputs.map((input) => JSON.parse(input) as InputContent);
  expect(inputs).toHaveLength(transaction.ins.length);
  for (const [index, { sig, publicKeyBytes, publicKey }] of inputs.entries()) {
    const point = bytesFromLatin1(publicKeyBytes);
    expect(pointOf(publicKey)).toBe(bytesToHex(point));
    const compressed = Uint8Array.of(2 + ((point[63] ?? 0) & 1), ...point.subarray(0, 32));
    const script = hexToBytes(`76a914${bytesToHex(hash160(compressed))}88ac`);
    const digest = transaction.hashForSignature(index, script, 1);
    expect(verifyDigest(digest, bytesFromLatin1(sig ?? ''), compressed)).toBe(true);
  }
}

export function expectTransaction(text: string): void {
  const transaction = JSON.parse(text) as TransactionContent;
  expectKeys(transaction, ['id', 'inputs', 'outputs', 'created', 'included_in_block']);
  expect(transaction.included_in_block).toMatch(ISO_TIME);
  expectTransactionContent(transaction);
}

export function expectTransactionContent({ id, inputs, outputs, created }: TransactionContent): void {
  expect(id).toMatch(HASH);
  expect(created).toMatch(ISO_TIME);
  for (const input of inputs) {
    const content = JSON.parse(input) as InputContent;
    expectKeys(content, ['id', 'output', 'sig', 'publicKey', 'publicKeyBytes']);
    expect(Number.isSafeInteger(content.output)).toBe(true);
  }
  for (const output of outputs) {
    const content = JSON.parse(output) as { val: number; publicKeyHash: string };
    expectKeys(content, ['val', 'publicKeyHash']);
    expect(Number.isSafeInteger(content.val)).toBe(true);
    expect(content.publicKeyHash).toHaveLength(20);
  }
}
