/**
 * What a block mentions, as keys of eight bytes: the txids in it, those it spends from, and the hashes of the public keys
 * whose coins it makes or spends. One column with one index answers by them where a transaction stands, who spends its
 * outputs, and what an address has had. A key may fit something else too: whoever finds a block by it reads the block.
 */
import { isCoinbase, p2pkhHash, txidOf, type Block, type Coin } from '@pocket/chain';

const KEY_DIGITS = 16;
const KEY_BITS = 64;

/** The key of a txid, in display order. */
export function keyOfTxid(txid: string): bigint {
  return BigInt.asIntN(KEY_BITS, BigInt(`0x${txid.slice(0, KEY_DIGITS)}`));
}

/** The key of a public key's hash. */
export function keyOfOwner(hash160: Uint8Array): bigint {
  return new DataView(hash160.buffer, hash160.byteOffset).getBigInt64(0);
}

/** Each key once. @param undo the coins it spends, in order. */
export function mentionsOf({ transactions }: Block, undo: readonly Coin[]): bigint[] {
  const keys = new Set<bigint>();
  const addOwner = (script: Uint8Array): void => {
    const hash = p2pkhHash(script);
    if (hash !== undefined) keys.add(keyOfOwner(hash));
  };
  for (const transaction of transactions) {
    keys.add(keyOfTxid(txidOf(transaction)));
    if (!isCoinbase(transaction)) for (const { prevout } of transaction.inputs) keys.add(keyOfTxid(prevout.txid));
    for (const { scriptPubKey } of transaction.outputs) addOwner(scriptPubKey);
  }
  for (const { scriptPubKey } of undo) addOwner(scriptPubKey);
  return [...keys];
}
