// The fastest implementation: libsecp256k1 by the add-on of the optional npm package `secp256k1`. For Node only.
// The package falls back to slow JavaScript without a word; its `bindings.js` does not, so that is what is loaded.
import { createRequire } from 'node:module';
import { type Secp256k1, implementationBy } from './secp256k1-implementation.ts';

/** The part of the add-on's API that is used; it throws on bytes it cannot parse. */
interface Addon {
  readonly publicKeyCreate: (privateKey: Uint8Array, compressed: true) => Uint8Array;
  readonly publicKeyConvert: (publicKey: Uint8Array, compressed: false) => Uint8Array;
  readonly ecdsaSign: (digest: Uint8Array, privateKey: Uint8Array) => { signature: Uint8Array };
  readonly ecdsaVerify: (compact: Uint8Array, digest: Uint8Array, publicKey: Uint8Array) => boolean;
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The add-on's implementation. Throws when the package, or a binary in it for this machine, is missing. */
export function loadNativeSecp256k1(): Secp256k1 {
  const addon = createRequire(import.meta.url)('secp256k1/bindings.js') as Addon;
  return implementationBy('native', {
    publicKey: (privateKey) => addon.publicKeyCreate(privateKey, true),
    sign: (digest, privateKey) => addon.ecdsaSign(reducedDigest(digest), privateKey).signature,
    verify: (compact, digest, publicKey) => addon.ecdsaVerify(compact, digest, publicKey),
    decompress: (publicKey) => addon.publicKeyConvert(publicKey, false),
  });
}

/** libsecp256k1 derives the nonce from the digest as it is; RFC 6979 (bits2octets) takes it modulo the order. */
function reducedDigest(digest: Uint8Array): Uint8Array {
  if (digest[0] !== 0xff || digest[1] !== 0xff) return digest;
  const view = Buffer.from(digest);
  const number = BigInt(`0x${view.toString('hex')}`);
  return number < ORDER ? digest : Buffer.from((number - ORDER).toString(16).padStart(64, '0'), 'hex');
}
