/**
 * Payments of a lab's coins: good ones, ones changed and signed again, and ones whose signatures are tampered with.
 */
import {
  p2pkhScript,
  parseP2pkhScriptSig,
  type NamedCoin,
  type P2pkhScriptSig,
  type Transaction,
  type TransactionWithFee,
} from '@pocket/chain';
import { concatBytes, decodeDer, encodeDer, hexToBytes } from '@pocket/crypto';
import { signed, spend, type Owner } from '../builders.ts';
import { alice, bob } from './chain-lab.ts';

const FEE = 10_000n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Alice's coin to somebody, with a fee of 10,000 base units. */
export function payment(coin: NamedCoin, to: Owner = bob): TransactionWithFee {
  return { transaction: spend([coin], alice, [to, coin.coin.value - FEE]), fee: FEE };
}

/** The payment of a coin with something changed, then signed by Alice, so that only the change is wrong. */
export function changedPayment(coin: NamedCoin, change: (payment: Transaction) => Transaction): Transaction {
  return signed(change(payment(coin).transaction), [coin], alice);
}

/** The payment of a coin with outputs to Bob of these values. */
export function paymentOf(coin: NamedCoin, ...values: readonly bigint[]): Transaction {
  const outputs = values.map((value) => ({ value, scriptPubKey: bob.script }));
  return changedPayment(coin, (good) => ({ ...good, outputs }));
}

/** The payment of a coin into another script. */
export function paymentInto(coin: NamedCoin, scriptPubKey: Uint8Array): Transaction {
  return changedPayment(coin, (good) => ({
    ...good,
    outputs: good.outputs.map((output) => ({ ...output, scriptPubKey })),
  }));
}

/** The payment of a coin that is locked until a height or time; `sequence` of all its inputs. */
export function lockedPayment(coin: NamedCoin, lockTime: number, sequence = 0): Transaction {
  return changedPayment(coin, (good) => ({
    ...good,
    lockTime,
    inputs: good.inputs.map((input) => ({ ...input, sequence })),
  }));
}

/** The payment of a coin whose one input shows something else than its signature and key. */
export function resigned(coin: NamedCoin, change: (parts: P2pkhScriptSig) => Uint8Array): Transaction {
  const good = payment(coin).transaction;
  return { ...good, inputs: good.inputs.map((input) => ({ ...input, scriptSig: change(partsOf(input.scriptSig)) })) };
}

/** A script that pushes a signature with its hash type, and a key. */
export function pushes(signature: Uint8Array, hashType: number, publicKey: Uint8Array): Uint8Array {
  return concatBytes(
    Uint8Array.of(signature.length + 1, ...signature, hashType),
    Uint8Array.of(publicKey.length),
    publicKey,
  );
}

/** The other valid signature of the same digest, which BIP 146 forbids: the order minus s. */
export function withHighS(der: Uint8Array): Uint8Array {
  const compact = decodeDer(der);
  if (compact === undefined) throw new Error('the signature is not DER');
  const s = BigInt(`0x${Buffer.from(compact.subarray(32)).toString('hex')}`);
  const high = hexToBytes((ORDER - s).toString(16).padStart(64, '0'));
  return encodeDer(concatBytes(compact.subarray(0, 32), high));
}

/** The same numbers with a zero before r that need not be, which BIP 66 forbids. */
export function withPaddedR(der: Uint8Array): Uint8Array {
  const [, length = 0, , lengthOfR = 0] = der;
  return concatBytes(Uint8Array.of(0x30, length + 1, 0x02, lengthOfR + 1, 0), der.subarray(4));
}

/** Scripts that are none of ours. */
export const foreignScripts = {
  anyoneCanSpend: Uint8Array.of(0x51),
  data: Uint8Array.of(0x6a, 0x01, 0x2a),
  scriptHash: concatBytes(Uint8Array.of(0xa9, 20), new Uint8Array(20).fill(7), Uint8Array.of(0x87)),
  witness: concatBytes(Uint8Array.of(0x00, 20), new Uint8Array(20).fill(7)),
  longer: concatBytes(p2pkhScript(new Uint8Array(20).fill(7)), Uint8Array.of(0x61)),
};

function partsOf(scriptSig: Uint8Array): P2pkhScriptSig {
  const parts = parseP2pkhScriptSig(scriptSig);
  if (parts === undefined) throw new Error('the script does not push a signature and a key');
  return parts;
}
