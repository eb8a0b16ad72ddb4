// Every decoder on bytes that anybody may have sent: random ones, and good ones that were changed, cut, lengthened or
// given counts that lie. None throws, none works or allocates beyond a bound that the input's length sets, and what is
// decoded has these bytes and no others. The seed is fixed; the work is counted in reads, not in time.
import {
  bytesToHex,
  concatBytes,
  decodeAddress,
  decodeDer,
  encodeAddress,
  encodeDer,
  hash160,
  latin1FromBytes,
} from '@pocket/crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  SIGHASH_ALL,
  bitsFromTarget,
  blockHashOf,
  coinbaseHeight,
  createCoinbase,
  decodeBlock,
  decodeCoins,
  decodeHeader,
  decodeTransaction,
  encodeBlock,
  encodeCoins,
  encodeHeader,
  encodeTransaction,
  p2pkhScript,
  p2pkhScriptSig,
  parseP2pkhScriptSig,
  targetFromBits,
  txidOf,
} from '../src/index.ts';
import { blockSize } from '../src/block.ts';
import { ByteReader } from '../src/byte-reader.ts';
import { transactionSize } from '../src/transaction.ts';
import { alice, anyBlock, anyTransaction } from './builders.ts';

const SEED = 20_090_103;
const RUNS = 150;
/** A read takes at least one byte; the last few may find nothing left. */
const READS_BEHIND_THE_END = 8;

const anyBytes = fc.uint8Array({ maxLength: 300 });
const anyCoins = fc
  .array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 30 }), fc.boolean()), { maxLength: 5 })
  .map((coins) =>
    coins.map(([height, scriptPubKey, coinbase]) => ({ value: BigInt(height), scriptPubKey, height, coinbase })),
  );
const anySignature = fc.uint8Array({ minLength: 64, maxLength: 64 }).map(encodeDer);

/** Counts and lengths that claim more than there is, or are not in their shortest form. */
const LIES = ['fd0000', 'fdffff', 'fe00000000', 'feffffffff', 'ffffffffffffffffff', 'ff0000000001000000', 'fc', '00'];

/** Good bytes with one kind of damage, or none. */
function damaged(good: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const lie = fc.constantFrom(...LIES).map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
  const at = (bytes: Uint8Array, where: number) => where % (bytes.length + 1);
  return fc.oneof(
    anyBytes,
    good,
    fc.tuple(good, fc.nat()).map(([bytes, where]) => bytes.slice(0, at(bytes, where))),
    fc.tuple(good, fc.uint8Array({ minLength: 1, maxLength: 5 })).map(([bytes, more]) => concatBytes(bytes, more)),
    fc.tuple(good, fc.nat(), fc.nat(255)).map(([bytes, where, byte]) => {
      const position = at(bytes, where);
      return concatBytes(bytes.slice(0, position), Uint8Array.of(byte), bytes.slice(position + 1));
    }),
    fc.tuple(good, fc.nat(), lie).map(([bytes, where, count]) => {
      const position = at(bytes, where);
      return concatBytes(bytes.slice(0, position), count, bytes.slice(position + 1));
    }),
  );
}

function check<Value>(arbitrary: fc.Arbitrary<Value>, predicate: (value: Value) => void): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      predicate(value);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}

/** Where all decoders of structures read: watched to count how often they do, and how much memory they ask for. */
const watch = () => ({
  numbers: (['uint8', 'uint16', 'uint32', 'int64', 'hash'] as const).map((name) =>
    vi.spyOn(ByteReader.prototype, name),
  ),
  copies: vi.spyOn(ByteReader.prototype, 'raw'),
});
let watched: ReturnType<typeof watch>;

beforeEach(() => {
  watched = watch();
});
afterEach(() => vi.restoreAllMocks());

/** Decodes, and proves that it took no more reads and copies than the input has bytes. */
function bounded<Decoded>(decode: (bytes: Uint8Array) => Decoded, bytes: Uint8Array): Decoded {
  const { numbers, copies } = watched;
  for (const spy of [...numbers, copies]) spy.mockClear();
  const decoded = decode(bytes);
  const reads = [...numbers, copies].reduce((sum, { mock }) => sum + mock.calls.length, 0);
  const copied = copies.mock.results.reduce((sum, { value }) => sum + (value as Uint8Array).length, 0);
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThanOrEqual(bytes.length + READS_BEHIND_THE_END);
  expect(copied).toBeLessThanOrEqual(bytes.length);
  return decoded;
}

describe('a decoder of structures', () => {
  it('reads a transaction or refuses it', () => {
    const good = anyTransaction.map(encodeTransaction);
    check(damaged(good), (bytes) => {
      const decoded = bounded(decodeTransaction, bytes);
      if (!decoded.ok) {
        expect(decoded.code).toBe('tx-decode-failed');
        return;
      }
      expect(encodeTransaction(decoded.transaction)).toEqual(bytes);
      expect(transactionSize(decoded.transaction)).toBe(bytes.length);
      expect(txidOf(decoded.transaction)).toBe(txidOf({ ...decoded.transaction }));
    });
  });

  it('reads a block or refuses it', () => {
    check(damaged(anyBlock.map(encodeBlock)), (bytes) => {
      const decoded = bounded(decodeBlock, bytes);
      if (!decoded.ok) {
        expect(decoded.code).toBe('block-decode-failed');
        return;
      }
      expect(encodeBlock(decoded.block)).toEqual(bytes);
      expect(blockSize(decoded.block)).toBe(bytes.length);
    });
  });

  it('reads a header or refuses it', () => {
    check(damaged(anyBlock.map(({ header }) => encodeHeader(header))), (bytes) => {
      const decoded = bounded(decodeHeader, bytes);
      expect(decoded.ok).toBe(bytes.length === 80);
      if (!decoded.ok) {
        expect(decoded.code).toBe('header-decode-failed');
        return;
      }
      expect(encodeHeader(decoded.header)).toEqual(bytes);
      expect(blockHashOf(decoded.header)).toMatch(/^[0-9a-f]{64}$/);
    });
  });

  it('reads coins or refuses them', () => {
    check(damaged(anyCoins.map(encodeCoins)), (bytes) => {
      const decoded = bounded(decodeCoins, bytes);
      if (!decoded.ok) {
        expect(decoded.code).toBe('coins-decode-failed');
        return;
      }
      expect(encodeCoins(decoded.coins)).toEqual(bytes);
    });
  });

  it.each([
    ['transaction', decodeTransaction, '01000000'],
    ['block', decodeBlock, '00'.repeat(80)],
    ['list of coins', decodeCoins, ''],
  ])('asks for no memory on the word of a %s with lying counts', (_, decode, before) => {
    for (const lie of LIES) {
      const bytes = Uint8Array.from(Buffer.from(`${before}${lie}${'00'.repeat(20)}`, 'hex'));
      bounded<{ ok: boolean }>(decode, bytes);
    }
  });

  it('reads a megabyte that promises as many empty elements as fit in linear work', () => {
    const elements = 111_111;
    const count = Uint8Array.of(0xfe, elements & 0xff, (elements >> 8) & 0xff, elements >> 16, 0);
    const bytes = concatBytes(Uint8Array.of(1, 0, 0, 0, 0), count, new Uint8Array(9 * elements + 4));
    const decoded = bounded(decodeTransaction, bytes);
    expect(decoded.ok && decoded.transaction.outputs.length).toBe(elements);
  });
});

describe('a decoder of parts', () => {
  it('reads a DER signature or refuses it', () => {
    check(damaged(anySignature), (bytes) => {
      const compact = decodeDer(bytes);
      if (compact === undefined) return;
      expect(compact.length).toBe(64);
      expect(encodeDer(compact)).toEqual(bytes);
    });
  });

  it('reads an address or refuses it', () => {
    const good = fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((hash) => Uint8Array.from(Buffer.from(encodeAddress(hash, 0x6f))));
    check(fc.oneof(damaged(good).map(latin1FromBytes), fc.string({ maxLength: 60 })), (text) => {
      const decoded = decodeAddress(text, 0x6f);
      if (decoded.ok) expect(encodeAddress(decoded.hash160, 0x6f)).toBe(text);
      else expect(decoded.code).toMatch(/^bad-(base58|checksum|version|length)$/);
    });
    expect(decodeAddress('1'.repeat(10_000_000), 0x6f)).toMatchObject({ ok: false, code: 'bad-base58' });
  });

  it('reads the script of a P2PKH input or refuses it', () => {
    const key = hash160(alice.script);
    const good = anySignature.map((signature) => p2pkhScriptSig(signature, concatBytes(key, key.slice(0, 13))));
    check(damaged(good), (bytes) => {
      const parsed = parseP2pkhScriptSig(bytes);
      if (parsed?.hashType !== SIGHASH_ALL) return;
      expect(p2pkhScriptSig(parsed.signature, parsed.publicKey)).toEqual(bytes);
    });
  });

  it('reads the height of a coinbase or finds none', () => {
    const outputs = [{ value: 1n, scriptPubKey: p2pkhScript(new Uint8Array(20)) }];
    const coinbaseAt = (height: number) => createCoinbase({ height, extraNonce: new Uint8Array(8), outputs });
    const scriptAt = (height: number) => coinbaseAt(height).inputs[0]?.scriptSig ?? new Uint8Array(0);
    check(damaged(fc.oneof(fc.nat(), fc.nat(300)).map(scriptAt)), (bytes) => {
      const inputs = coinbaseAt(0).inputs.map((input) => ({ ...input, scriptSig: bytes }));
      const height = coinbaseHeight({ ...coinbaseAt(0), inputs });
      if (height === undefined) return;
      const push = scriptAt(height).slice(0, -9);
      expect(bytesToHex(bytes.slice(0, push.length))).toBe(bytesToHex(push));
    });
  });

  it('reads a compact target, and writes it as the one form it has', () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    check(uint32, (bits) => {
      const target = targetFromBits(bits);
      expect(target >= 0n && target < 2n ** 256n).toBe(true);
      expect(targetFromBits(bitsFromTarget(target))).toBe(target);
    });
    check(fc.bigInt(0n, 2n ** 256n - 1n), (target) => {
      const bits = bitsFromTarget(target);
      expect(Number.isInteger(bits) && bits >= 0 && bits <= 0xffffffff).toBe(true);
      expect(bitsFromTarget(targetFromBits(bits))).toBe(bits);
    });
  });
});
