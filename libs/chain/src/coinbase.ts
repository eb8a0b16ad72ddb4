// The first transaction of a block, which creates the reward. Its script begins with the block's height (BIP 34),
// so that no two coinbases are equal, and goes on with an extra nonce, so that a miner never runs out of headers.
import { concatBytes } from '@pocket/crypto';
import { NULL_OUTPOINT, isNullOutpoint } from './outpoint.ts';
import { FINAL_SEQUENCE, type Transaction, type TransactionOutput } from './transaction.ts';

export interface CoinbaseContent {
  readonly height: number;
  /** 8 bytes. */
  readonly extraNonce: Uint8Array;
  readonly outputs: readonly TransactionOutput[];
}

const EXTRA_NONCE_LENGTH = 8;
const OP_1 = 0x51;
const MAX_HEIGHT_BYTES = 4;
/** Stands for the first byte of an empty script. */
const NO_OPCODE = 0xff;

/** The coinbase of a block. Throws RangeError for an extra nonce that is not 8 bytes. */
export function createCoinbase({ height, extraNonce, outputs }: CoinbaseContent): Transaction {
  if (extraNonce.length !== EXTRA_NONCE_LENGTH) throw new RangeError('extraNonce: expected 8 bytes');
  const scriptSig = concatBytes(heightPush(height), Uint8Array.of(EXTRA_NONCE_LENGTH), extraNonce);
  return {
    version: 1,
    inputs: [{ prevout: NULL_OUTPOINT, scriptSig, sequence: FINAL_SEQUENCE }],
    outputs,
    lockTime: 0,
  };
}

/** The same coinbase with its extra nonce, a 64-bit number, moved on by `count`; made by `createCoinbase`. */
export function rollCoinbase(coinbase: Transaction, count: number): Transaction {
  const [input] = coinbase.inputs;
  if (input === undefined || input.scriptSig.length < EXTRA_NONCE_LENGTH)
    throw new RangeError('coinbase: no extra nonce');
  const scriptSig = input.scriptSig.slice();
  const extraNonce = new DataView(scriptSig.buffer, scriptSig.length - EXTRA_NONCE_LENGTH);
  extraNonce.setBigUint64(0, extraNonce.getBigUint64(0) + BigInt(count));
  return { ...coinbase, inputs: [{ ...input, scriptSig }] };
}

/** True for a transaction whose one input spends the null outpoint. */
export function isCoinbase(transaction: Transaction): boolean {
  const [input] = transaction.inputs;
  return input !== undefined && transaction.inputs.length === 1 && isNullOutpoint(input.prevout);
}

/** The height a coinbase's script begins with; undefined when it begins with no minimal push of a height. */
export function coinbaseHeight(transaction: Transaction): number | undefined {
  const script = transaction.inputs[0]?.scriptSig ?? new Uint8Array(0);
  const [opcode = NO_OPCODE] = script;
  if (opcode === 0) return 0;
  if (opcode >= OP_1 && opcode < OP_1 + 16) return opcode - OP_1 + 1;
  if (opcode > MAX_HEIGHT_BYTES) return undefined;
  const height = littleEndian(script.subarray(1, 1 + opcode));
  const minimal = heightPush(height).every((byte, index) => script[index] === byte);
  return minimal ? height : undefined;
}

/** The shortest script that pushes a height below 2^31: OP_0, OP_1 to OP_16, or a little-endian number with its sign bit. */
function heightPush(height: number): Uint8Array {
  if (height === 0) return Uint8Array.of(0);
  if (height <= 16) return Uint8Array.of(OP_1 + height - 1);
  const length = Math.floor((32 - Math.clz32(height)) / 8) + 1;
  return Uint8Array.from({ length: 1 + length }, (_, index) => (index === 0 ? length : height >>> (8 * (index - 1))));
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
