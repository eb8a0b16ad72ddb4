// The public face of the cryptography: bytes, hashes, keys, signatures, addresses. Runs in a browser.
// The fast implementations for Node have an entry of its own, `@pocket/crypto/native`.
export {
  bytesFromLatin1,
  bytesToHex,
  concatBytes,
  equalBytes,
  hexToBytes,
  isHex,
  latin1FromBytes,
  reversed,
} from './bytes.ts';
export {
  displayHash,
  doubleSha256,
  hash160,
  hashesInUse,
  internalHash,
  nobleHashes,
  sha256,
  useHashes,
} from './hash.ts';
export type { Hashes, HashesName } from './hash-implementation.ts';
export { decodeDer, encodeDer } from './der.ts';
export { nobleSecp256k1, secp256k1InUse, useSecp256k1 } from './secp256k1.ts';
export type { Secp256k1, Secp256k1Name } from './secp256k1-implementation.ts';
export { isPrivateKey, publicKeyOf, publicKeyPem, publicKeyXY, signDigest, verifyDigest } from './keys.ts';
export { decodeAddress, decodeBase58Check, encodeAddress, encodeBase58Check } from './address.ts';
export type { Address, AddressErrorCode, DecodedAddress } from './address.ts';
