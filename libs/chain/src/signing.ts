// Signs the inputs of a transaction and checks such signatures, P2PKH with SIGHASH_ALL.
// The keys come in as arguments; nothing here keeps one.
import { bytesToHex, equalBytes, hash160, publicKeyOf, signDigest, verifyDigest } from '@pocket/crypto';
import type { Coin } from './coin.ts';
import { ACCEPTED, type Accepted, type Rejection, reject } from './rejection.ts';
import { SIGHASH_ALL, p2pkhHash, p2pkhScriptSig, parseP2pkhScriptSig } from './script.ts';
import { type SignatureHasher, signatureHasherOf } from './sighash.ts';
import type { Transaction } from './transaction.ts';

const NO_SCRIPT = new Uint8Array(0);

/** The private keys: one per input, or a function from the input's index. */
export type PrivateKeys = readonly Uint8Array[] | ((inputIndex: number) => Uint8Array | undefined);

/**
 * The transaction with a scriptSig in every input. `coins` are the coins spent, one per input, in their order.
 * Throws when a coin or key is missing or the key is no private key; does not check that it is the coin's owner's.
 */
export function signTransaction(unsigned: Transaction, coins: readonly Coin[], keys: PrivateKeys): Transaction {
  const hasher = signatureHasherOf(unsigned);
  const keyOf = typeof keys === 'function' ? keys : (index: number) => keys[index];
  const publicKeys = new Map<Uint8Array, Uint8Array>();
  const inputs = unsigned.inputs.map((input, index) => {
    const coin = coins[index];
    const privateKey = keyOf(index);
    if (coin === undefined || privateKey === undefined) throw new Error(`input ${index} has no coin or no key`);
    const signature = signDigest(hasher(index, coin.scriptPubKey), privateKey);
    const publicKey = publicKeys.get(privateKey) ?? publicKeyOf(privateKey);
    publicKeys.set(privateKey, publicKey);
    return { ...input, scriptSig: p2pkhScriptSig(signature, publicKey) };
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
  const scriptSig = transaction.inputs[inputIndex]?.scriptSig ?? NO_SCRIPT;
  const shown = parseP2pkhScriptSig(scriptSig);
  if (owner === undefined) return refused(inputIndex, 'a coin of another kind', 'a P2PKH coin');
  if (shown === undefined) {
    const found = `a script of ${scriptSig.length} bytes`;
    return refused(inputIndex, found, 'a signature and a compressed public key, pushed directly');
  }
  const { hashType, publicKey, signature } = shown;
  if (hashType !== SIGHASH_ALL) {
    return refused(inputIndex, `the hash type ${hashType}`, `${SIGHASH_ALL} (SIGHASH_ALL)`);
  }
  if (!equalBytes(hash160(publicKey), owner)) {
    return refused(inputIndex, `the public key ${bytesToHex(publicKey)}`, `one with the hash ${bytesToHex(owner)}`);
  }
  if (verifyDigest(hasher(inputIndex, coin.scriptPubKey), signature, publicKey)) return ACCEPTED;
  const expected = `a strict DER, low-S signature of this transaction by ${bytesToHex(publicKey)}`;
  return refused(inputIndex, `the signature ${bytesToHex(signature)}`, expected);
}

function refused(input: number, found: string, expected: string): Rejection {
  const message = `input ${input} is not signed by the coin's owner: found ${found}, expected ${expected}`;
  return reject('mandatory-script-verify-flag-failed', message, { found, expected, input });
}
