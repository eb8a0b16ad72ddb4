/**
 * One input's signature, step by step: the bytes that are signed, both rounds of SHA-256, r and s, the key, and the judgement,
 * all computed here. What the protocol library says of the same is held against it. Pure.
 */
import {
  encodeTransaction,
  p2pkhHash,
  parseP2pkhScriptSig,
  signatureHash,
  verifyInput,
  type Coin,
  type Transaction,
} from '@pocket/chain';
import {
  bytesToHex,
  concatBytes,
  decodeDer,
  displayHash,
  equalBytes,
  hash160,
  sha256,
  verifyDigest,
} from '@pocket/crypto';
import { preimageFields, type ByteField } from '../explorer/byte-fields.ts';

export interface SignedInput {
  /** The transaction as this input's signature sees it, and the hash type, hex. */
  preimage: string;
  fields: ByteField[];
  /** SHA-256 of it, and SHA-256 of that: what is signed, hex. */
  first: string;
  digest: string;
  /** Whether the protocol library signs the same digest. */
  agrees: boolean;
  /** DER, hex; the parts of it 64 hex digits each. */
  signature: string;
  r: string;
  s: string;
  hashType: number;
  publicKey: string;
  /** HASH160 of the public key, and the one that the coin's script asks for. */
  keyHash: string;
  ownerHash: string;
  keyFits: boolean;
  /** Whether the signature is one of this digest by this key. */
  verified: boolean;
  /** Whether the protocol library takes the input. */
  accepted: boolean;
}

const SIGHASH_ALL_BYTES = Uint8Array.of(1, 0, 0, 0);
const SCALAR_BYTES = 32;
const NO_SCRIPT = new Uint8Array(0);

/** All inputs without a script but the one signed for, which has that of the coin it spends. */
export function seenBySignature(transaction: Transaction, index: number, script: Uint8Array): Transaction {
  const inputs = transaction.inputs.map((input, each) => ({
    ...input,
    scriptSig: each === index ? script : NO_SCRIPT,
  }));
  return { ...transaction, inputs };
}

/** undefined for an input whose script shows no signature and key. */
export function signedInput(transaction: Transaction, index: number, coin: Coin): SignedInput | undefined {
  const shown = parseP2pkhScriptSig(transaction.inputs[index]?.scriptSig ?? NO_SCRIPT);
  const owner = p2pkhHash(coin.scriptPubKey);
  if (shown === undefined || owner === undefined) return undefined;
  const { signature, hashType, publicKey } = shown;
  const seen = seenBySignature(transaction, index, coin.scriptPubKey);
  const preimage = concatBytes(encodeTransaction(seen), SIGHASH_ALL_BYTES);
  const first = sha256(preimage);
  const digest = sha256(first);
  const scalars = decodeDer(signature) ?? new Uint8Array(2 * SCALAR_BYTES);
  const keyHash = hash160(publicKey);
  return {
    ...{ preimage: bytesToHex(preimage), fields: preimageFields(seen) },
    ...{ first: bytesToHex(first), digest: bytesToHex(digest) },
    agrees: equalBytes(digest, signatureHash(transaction, index, coin.scriptPubKey)),
    ...{ signature: bytesToHex(signature), hashType, publicKey: bytesToHex(publicKey) },
    r: bytesToHex(scalars.subarray(0, SCALAR_BYTES)),
    s: bytesToHex(scalars.subarray(SCALAR_BYTES)),
    ...{ keyHash: bytesToHex(keyHash), ownerHash: bytesToHex(owner), keyFits: equalBytes(keyHash, owner) },
    verified: verifyDigest(digest, signature, publicKey),
    accepted: verifyInput(transaction, index, coin).ok,
  };
}

export interface FinalHash {
  hex: string;
  first: string;
  second: string;
  /** The second round from its last byte to its first. */
  txid: string;
}

export function finalHash(transaction: Transaction): FinalHash {
  const bytes = encodeTransaction(transaction);
  const first = sha256(bytes);
  const second = sha256(first);
  return { hex: bytesToHex(bytes), first: bytesToHex(first), second: bytesToHex(second), txid: displayHash(second) };
}
