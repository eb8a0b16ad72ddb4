// A coin: an unspent output with what the rules want to know about its origin.
// Also the compact, canonical bytes of a list of coins, in which a block's undo data is kept.
// Each: height·2 + coinbase, value, then 0 and the HASH160 of a P2PKH script, or length + 1 and any other script.
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Rejection } from './rejection.ts';
import { p2pkhHash, p2pkhScript } from './script.ts';

export interface Coin {
  /** Base units. */
  readonly value: bigint;
  readonly scriptPubKey: Uint8Array;
  /** Of the block that created it. */
  readonly height: number;
  readonly coinbase: boolean;
}

export type DecodedCoins = { readonly ok: true; readonly coins: Coin[] } | Rejection;

const MIN_COIN_BYTES = 3;
const HASH160_LENGTH = 20;

/** The canonical bytes of the coins, about 30 each. Throws RangeError for a value outside 0 to 2^53 - 1. */
export function encodeCoins(coins: readonly Coin[]): Uint8Array {
  const writer = new ByteWriter().compactSize(coins.length);
  for (const coin of coins) {
    writer.compactSize(coin.height * 2 + (coin.coinbase ? 1 : 0)).compactSize(storableValue(coin));
    writeScript(writer, coin.scriptPubKey);
  }
  return writer.bytes();
}

/** The coins in these bytes, all of them; `coins-decode-failed` for any that `encodeCoins` does not make. Never throws. */
export function decodeCoins(bytes: Uint8Array): DecodedCoins {
  const reader = new ByteReader(bytes);
  const coins = reader.list(MIN_COIN_BYTES, readCoin);
  const refusal = reader.end('coins-decode-failed', 'these are no coins');
  if (refusal !== undefined) return refusal;
  return { ok: true, coins };
}

function storableValue(coin: Coin): number {
  const value = Number(coin.value);
  if (value < 0 || !Number.isSafeInteger(value)) throw new RangeError(`coin: value ${coin.value} is out of range`);
  return value;
}

function writeScript(writer: ByteWriter, script: Uint8Array): void {
  const hash = p2pkhHash(script);
  if (hash === undefined) writer.compactSize(script.length + 1).raw(script);
  else writer.compactSize(0).raw(hash);
}

function readCoin(reader: ByteReader): Coin {
  const origin = reader.compactSize();
  const value = BigInt(reader.compactSize());
  return { value, scriptPubKey: readScript(reader), height: Math.floor(origin / 2), coinbase: origin % 2 === 1 };
}

function readScript(reader: ByteReader): Uint8Array {
  const tag = reader.compactSize();
  if (tag === 0) {
    const hash = reader.raw(HASH160_LENGTH);
    return reader.failure === undefined ? p2pkhScript(hash) : hash;
  }
  const script = reader.raw(tag - 1);
  if (p2pkhHash(script) !== undefined) reader.fail('a P2PKH script is written in full', 'its hash alone');
  return script;
}
