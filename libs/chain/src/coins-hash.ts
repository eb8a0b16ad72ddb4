// One hash for a whole set of coins: two nodes with the same coins get the same hash, whatever way they came to them.
// The coins stand as in Bitcoin Core's `hash_serialized_3` (kernel/coinstats.cpp, TxOutSer), by the bytes of the txid
// and then by index.
import { displayHash, doubleSha256, internalHash } from '@pocket/crypto';
import { ByteWriter } from './byte-writer.ts';
import type { NamedCoin } from './coin-view.ts';

/** The double SHA-256 over the coins, in display order. Their order does not matter; each may stand there once only. */
export function coinsHash(coins: Iterable<NamedCoin>): string {
  const writer = new ByteWriter();
  const keyed = [...coins].map((coin) => ({ ...coin, txid: internalHash(coin.outpoint.txid) }));
  keyed.sort((left, right) => compareBytes(left.txid, right.txid) || left.outpoint.vout - right.outpoint.vout);
  for (const { outpoint, coin, txid } of keyed) {
    writer.raw(txid).uint32(outpoint.vout);
    writer
      .uint32(coin.height * 2 + (coin.coinbase ? 1 : 0))
      .int64(coin.value)
      .sized(coin.scriptPubKey);
  }
  return displayHash(doubleSha256(writer.bytes()));
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let index = 0; index < left.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
