// Blocks and headers to bytes and back: Bitcoin's own blocks as literals, bitcoinjs-lib as the judge, damaged bytes.
import { bytesToHex, equalBytes, hexToBytes } from '@pocket/crypto';
import { Block as Judge } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockHash,
  type Txid,
  blockHashOf,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
  hashMeetsTarget,
  merkleRoot,
  txidOf,
} from '../src/index.ts';
import { anyBlock } from './builders.ts';

const GENESIS_ROOT = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';
const GENESIS_COINBASE =
  '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000';
const GENESIS_START =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a';

const GENESES: [network: string, headerHex: string, hash: string, time: number, bits: number, nonce: number][] = [
  [
    'main',
    `${GENESIS_START}29ab5f49ffff001d1dac2b7c`,
    '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f',
    1231006505,
    0x1d00ffff,
    2083236893,
  ],
  [
    'regtest',
    `${GENESIS_START}dae5494dffff7f2002000000`,
    '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206',
    1296688602,
    0x207fffff,
    2,
  ],
];

describe('the genesis block', () => {
  it.each(GENESES)('of %s has its header and hash', (_, headerHex, hash, time, bits, nonce) => {
    const header = {
      version: 1,
      previousBlockHash: '00'.repeat(32) as BlockHash,
      merkleRoot: GENESIS_ROOT,
      time,
      bits,
      nonce,
    };
    expect(bytesToHex(encodeHeader(header))).toBe(headerHex);
    expect(decodeHeader(hexToBytes(headerHex))).toEqual({ ok: true, header });
    expect(blockHashOf(header)).toBe(hash);
    expect(hashMeetsTarget(blockHashOf(header), bits)).toBe(true);
  });

  it.each(GENESES)('of %s has its coinbase', (_, headerHex) => {
    const hex = `${headerHex}01${GENESIS_COINBASE}`;
    const decoded = decodeBlock(hexToBytes(hex));
    if (!decoded.ok) throw new Error(decoded.message);
    expect(decoded.block.transactions.map(txidOf)).toEqual([GENESIS_ROOT]);
    expect(bytesToHex(encodeBlock(decoded.block))).toBe(hex);
  });
});

describe('block 100,000', () => {
  const txids = [
    '8c14f0db3df150123e6f3dbbf30f8b955a8249b62ac1d1ff16284aefa3d06d87',
    'fff2525b8931402dd09222c50775608f75787bd2b87e56995a7bdd30f79702c4',
    '6359f0868171b1d194cbee1af2f16ea598ae8fad666d9b012c8ed2b79a236ec4',
    'e9a66845e05d5abc0ad04ec80f774a7e585c6e8db975962d069a522137b80c1d',
  ] as Txid[];

  it('has the Merkle root and hash known for it', () => {
    const { root, mutated } = merkleRoot(txids);
    expect(root).toBe('f3e94742aca4b5ef85488dc37c06c3282295ffec960994b2c0d5ac2a25a95766');
    expect(mutated).toBe(false);
    const blockHash = blockHashOf({
      version: 1,
      previousBlockHash: '000000000002d01c1fccc21636b607dfd930d31d01c3a62104612a1719011250' as BlockHash,
      merkleRoot: root,
      time: 1293623863,
      bits: 0x1b04864c,
      nonce: 274148111,
    });
    expect(blockHash).toBe('000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506');
    expect(hashMeetsTarget(blockHash, 0x1b04864c)).toBe(true);
  });
});

describe('a block', () => {
  it('has the bytes, hash and Merkle root that bitcoinjs-lib gives it, both ways', () => {
    fc.assert(
      fc.property(anyBlock, (block) => {
        const bytes = encodeBlock(block);
        const judged = Judge.fromBuffer(bytes);
        expect(equalBytes(judged.toBuffer(), bytes)).toBe(true);
        expect(judged.getId()).toBe(blockHashOf(block.header));
        expect(decodeBlock(judged.toBuffer())).toEqual({ ok: true, block });
        const { root } = merkleRoot(block.transactions.map(txidOf));
        const judgedRoot = Judge.calculateMerkleRoot(judged.transactions ?? []);
        expect(root).toBe(bytesToHex(judgedRoot.slice().reverse()));
      }),
      { numRuns: 40 },
    );
  });

  it('has a header that goes there and back', () => {
    fc.assert(
      fc.property(anyBlock, ({ header }) => {
        expect(encodeHeader(header)).toHaveLength(80);
        expect(decodeHeader(encodeHeader(header))).toEqual({ ok: true, header });
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a header without a count', GENESES[0]?.[1] ?? ''],
    ['a count without transactions', `${GENESES[0]?.[1] ?? ''}01`],
    ['a missing last byte', `${GENESES[0]?.[1] ?? ''}01${GENESIS_COINBASE.slice(0, -2)}`],
    ['a byte too many', `${GENESES[0]?.[1] ?? ''}01${GENESIS_COINBASE}00`],
    ['a transaction too many', `${GENESES[0]?.[1] ?? ''}01${GENESIS_COINBASE}${GENESIS_COINBASE}`],
    ['a count that is not shortest', `${GENESES[0]?.[1] ?? ''}fd0100${GENESIS_COINBASE}`],
    ['a count of four thousand million', `${GENESES[0]?.[1] ?? ''}feffffffff${GENESIS_COINBASE}`],
  ])('is not %s', (_, hex) => {
    expect(decodeBlock(hexToBytes(hex))).toMatchObject({ ok: false, code: 'block-decode-failed' });
  });

  it.each([0, 79, 81, 160])('has no header of %i bytes', (length) => {
    expect(decodeHeader(new Uint8Array(length))).toMatchObject({ ok: false, code: 'header-decode-failed' });
  });

  it('is answered for any damage, and what is accepted has these bytes alone', () => {
    fc.assert(
      fc.property(anyBlock, fc.nat(), fc.nat(255), (block, where, byte) => {
        const damaged = encodeBlock(block);
        damaged[where % damaged.length] = byte;
        const decoded = decodeBlock(damaged);
        if (decoded.ok) expect(equalBytes(encodeBlock(decoded.block), damaged)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
