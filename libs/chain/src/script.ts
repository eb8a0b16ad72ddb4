// The one kind of ownership there is: pay to public key hash (P2PKH), as a fixed template in both scripts.
// There is no script interpreter here; a script that is not exactly the template is not understood.
import { type Address, concatBytes, decodeAddress, encodeAddress } from '@pocket/crypto';
import type { NetworkParameters } from './network.ts';

/** What a P2PKH input's script holds: views into it, not copies. */
export interface P2pkhScriptSig {
  /** DER, without the hash type. */
  readonly signature: Uint8Array;
  readonly hashType: number;
  readonly publicKey: Uint8Array;
}

/** The hash type that signs all inputs and outputs, the only one there is here. */
export const SIGHASH_ALL = 0x01;

const HASH160_LENGTH = 20;
const PUBLIC_KEY_LENGTH = 33;
const MAX_SIGNATURE_LENGTH = 73;
const OP_DUP = 0x76;
const OP_HASH160 = 0xa9;
const OP_EQUALVERIFY = 0x88;
const OP_CHECKSIG = 0xac;
const PREFIX = Uint8Array.of(OP_DUP, OP_HASH160, HASH160_LENGTH);
const SUFFIX = Uint8Array.of(OP_EQUALVERIFY, OP_CHECKSIG);
const SCRIPT_LENGTH = PREFIX.length + HASH160_LENGTH + SUFFIX.length;

/** The 25-byte scriptPubKey that pays to a 20-byte public key hash. Throws RangeError for another length. */
export function p2pkhScript(hash160: Uint8Array): Uint8Array {
  if (hash160.length !== HASH160_LENGTH) throw new RangeError('hash160: expected 20 bytes');
  return concatBytes(PREFIX, hash160, SUFFIX);
}

/** True for a scriptPubKey that is exactly the P2PKH template. */
export function isP2pkhScript(scriptPubKey: Uint8Array): boolean {
  return (
    scriptPubKey.length === SCRIPT_LENGTH &&
    scriptPubKey[0] === OP_DUP &&
    scriptPubKey[1] === OP_HASH160 &&
    scriptPubKey[2] === HASH160_LENGTH &&
    scriptPubKey[23] === OP_EQUALVERIFY &&
    scriptPubKey[24] === OP_CHECKSIG
  );
}

/** The public key hash a scriptPubKey pays to; undefined unless it is exactly the P2PKH template. */
export function p2pkhHash(scriptPubKey: Uint8Array): Uint8Array | undefined {
  return isP2pkhScript(scriptPubKey) ? scriptPubKey.slice(PREFIX.length, PREFIX.length + HASH160_LENGTH) : undefined;
}

/** The scriptSig that shows a DER signature (SIGHASH_ALL is appended) and the public key. */
export function p2pkhScriptSig(derSignature: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const signature = Uint8Array.of(derSignature.length + 1, ...derSignature, SIGHASH_ALL);
  return concatBytes(signature, Uint8Array.of(publicKey.length), publicKey);
}

/** The parts of a scriptSig; undefined unless it pushes a signature and a 33-byte key, directly, and nothing else. */
export function parseP2pkhScriptSig(scriptSig: Uint8Array): P2pkhScriptSig | undefined {
  const [signatureLength = 0] = scriptSig;
  if (signatureLength < 1 || signatureLength > MAX_SIGNATURE_LENGTH) return undefined;
  const keyOffset = 1 + signatureLength;
  if (scriptSig[keyOffset] !== PUBLIC_KEY_LENGTH) return undefined;
  if (scriptSig.length !== keyOffset + 1 + PUBLIC_KEY_LENGTH) return undefined;
  return {
    signature: scriptSig.subarray(1, signatureLength),
    hashType: scriptSig[signatureLength] ?? 0,
    publicKey: scriptSig.subarray(keyOffset + 1),
  };
}

/** The address a scriptPubKey pays to; undefined when it is not P2PKH. */
export function addressOfScript(scriptPubKey: Uint8Array, network: NetworkParameters): Address | undefined {
  const hash = p2pkhHash(scriptPubKey);
  return hash && encodeAddress(hash, network.addressVersion);
}

/** The scriptPubKey that pays to an address. Throws RangeError for another network's; ask `decodeAddress` before. */
export function scriptOfAddress(address: Address, network: NetworkParameters): Uint8Array {
  const decoded = decodeAddress(address, network.addressVersion);
  if (!decoded.ok) throw new RangeError(`address ${address}: ${decoded.message}`);
  return p2pkhScript(decoded.hash160);
}
