// Signs the inputs of a transaction and checks such signatures, P2PKH with SIGHASH_ALL.
// The keys come in as arguments; nothing here keeps one.
import { bytesToHex, equalBytes, hash160, publicKeyOf, signDigest, verifyDigest } from '@pocket/crypto';
import type { Coin } from './coin.ts';
import { ACCEPTED, type Accepted, type Rejection, reject } from './rejection.ts';
import { SIGHASH_ALL, p2pkhHash, p2pkhScriptSig, parseP2pkhScriptSig } from './script.ts';
import { type SignatureHasher, signatureHasherOf } from './sighash.ts';
import type { Transaction } from './transaction.ts';

/** The private keys: one per input, or a function from the input's index. */
export type PrivateKeys = readonly Uint8Array[] | ((inputIndex: number) => Uint8Array | undefined);

/**
 * The transaction with a scriptSig in every input. `coins` are the coins spent, one per input, in their order.
 * Throws when a coin or key is missing or the key is no private key; does not check that it is the coin's owner's.
 */
export function signTransaction(unsigned: Transaction, coins: readonly Coin[], keys: PrivateKeys): Transaction {
  const hasher = signatureHasherOf(unsigned);
  const keyOf = typeof keys === 'function' ? keys : (index: number) => keys[index];
  const inputs = unsigned.inputs.map((input, index) => {
    const coin = coins[index];
    const privateKey = keyOf(index);
    if (coin === undefined || privateKey === undefined) throw new Error(`input ${index} has no coin or no key`);
    const signature = signDigest(hasher(index, coin.scriptPubKey), privateKey);
    return { ...input, scriptSig: p2pkhScriptSig(signature, publicKeyOf(privateKey)) };
  });
  return { ...unsigned, inputs };
}

/** Whether the owner of the coin signed this input: `mandatory-script-verify-flag-failed` if not. */
export function verifyInput(transaction: Transaction, inputIndex: number, coin: Coin): Accepted | Rejection {
  return verifyInputBy(signatureHasherOf(transaction), transaction, inputIndex, coin);
}

/** As `verifyInput`, for many inputs of one transaction by one hasher. */
export function verifyInputBy(
  hasher: SignatureHasher,
  transaction: Transaction,
  inputIndex: number,
  coin: Coin,
): Accepted | Rejection {
  const owner = p2pkhHash(coin.scriptPubKey);
  const shown = parseP2pkhScriptSig(transaction.inputs[inputIndex]?.scriptSig ?? new Uint8Array(0));
  if (owner === undefined) return refused(inputIndex, 'the coin is not P2PKH');
  if (shown === undefined) return refused(inputIndex, 'its script is not a signature and a compressed public key');
  if (shown.hashType !== SIGHASH_ALL) {
    return refused(inputIndex, `its hash type is ${shown.hashType} instead of ${SIGHASH_ALL} (SIGHASH_ALL)`);
  }
  if (!equalBytes(hash160(shown.publicKey), owner)) {
    return refused(inputIndex, `its public key is not that of the coin's owner, whose hash is ${bytesToHex(owner)}`);
  }
  const digest = hasher(inputIndex, coin.scriptPubKey);
  if (verifyDigest(digest, shown.signature, shown.publicKey)) return ACCEPTED;
  return refused(inputIndex, 'its signature is not a strict DER, low-S signature of this transaction by that key');
}

function refused(inputIndex: number, why: string): Rejection {
  return reject('mandatory-script-verify-flag-failed', `input ${inputIndex} is not signed: ${why}`, {
    input: inputIndex,
  });
}
