// Private and public keys, and what this protocol calls a valid signature: strict DER (BIP 66), low S,
// by a compressed key, over a 32-byte digest. Runs on the implementation in use (secp256k1.ts).
import { base64 } from '@scure/base';
import { concatBytes, hexToBytes } from './bytes.ts';
import { decodeDer, encodeDer } from './der.ts';
import { currentSecp256k1 } from './secp256k1.ts';

const ORDER = hexToBytes('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
/** SubjectPublicKeyInfo (RFC 5480) of id-ecPublicKey on secp256k1, up to the point. */
const SPKI_PREFIX = hexToBytes('3056301006072a8648ce3d020106052b8104000a034200');
const PEM_COLUMNS = 64;

/** True for 32 bytes that are a number from 1 to the group's order less one. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  return bytes.length === 32 && bytes.some((byte) => byte !== 0) && belowOrder(bytes);
}

function belowOrder(bytes: Uint8Array): boolean {
  const position = bytes.findIndex((byte, index) => byte !== ORDER[index]);
  return position !== -1 && (bytes[position] ?? 0) < (ORDER[position] ?? 0);
}

/** The compressed public key, 33 bytes. Throws when the bytes are no private key. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return currentSecp256k1().publicKey(privateKey);
}

/** x‖y of a compressed public key, 64 bytes. Throws RangeError when it is no point of the curve. */
export function publicKeyXY(publicKey: Uint8Array): Uint8Array {
  return uncompressed(publicKey).slice(1);
}

/** The SubjectPublicKeyInfo PEM of a compressed public key, point uncompressed, as OpenSSL writes it. Throws RangeError. */
export function publicKeyPem(publicKey: Uint8Array): string {
  const text = base64.encode(concatBytes(SPKI_PREFIX, uncompressed(publicKey)));
  const lines = [];
  for (let start = 0; start < text.length; start += PEM_COLUMNS) lines.push(text.slice(start, start + PEM_COLUMNS));
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

function uncompressed(publicKey: Uint8Array): Uint8Array {
  const point = currentSecp256k1().decompress(publicKey);
  if (point === undefined) throw new RangeError('public key: expected a compressed point of secp256k1');
  return point;
}

/** The deterministic DER signature (low S, no hash type) of a 32-byte digest. Throws when the key is no private key. */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  return encodeDer(currentSecp256k1().sign(digest, privateKey));
}

/** True for a strict DER, low-S signature of the digest by the compressed key; false for everything else, never throws. */
export function verifyDigest(digest: Uint8Array, der: Uint8Array, publicKey: Uint8Array): boolean {
  const compact = decodeDer(der);
  return compact !== undefined && currentSecp256k1().verify(compact, digest, publicKey);
}
