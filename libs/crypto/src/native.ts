// The fast implementation: libsecp256k1 by the add-on of the optional npm package `secp256k1`.
// For Node only and the one file here that knows Node, which is why it has an entry of its own, `@pocket/crypto/native`.
// The package falls back to slow JavaScript without a word; its `bindings.js` does not, so that is what is loaded.
import { createRequire } from 'node:module';
import { secp256k1InUse, useSecp256k1 } from './secp256k1.ts';
import type { Secp256k1 } from './secp256k1-implementation.ts';

/** The part of the add-on's API that is used; it throws on bytes it cannot parse. */
interface Addon {
  readonly publicKeyCreate: (privateKey: Uint8Array, compressed: true) => Uint8Array;
  readonly publicKeyConvert: (publicKey: Uint8Array, compressed: false) => Uint8Array;
  readonly ecdsaSign: (digest: Uint8Array, privateKey: Uint8Array) => { signature: Uint8Array };
  readonly ecdsaVerify: (compact: Uint8Array, digest: Uint8Array, publicKey: Uint8Array) => boolean;
}

const COMPRESSED_LENGTH = 33;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The add-on's implementation; undefined when the package or a binary for this machine is missing. */
export function loadNativeSecp256k1(): Promise<Secp256k1 | undefined> {
  const addon = loadAddon();
  return Promise.resolve(addon && implementationOf(addon));
}

/**
 * Takes the fastest implementation this machine has into use and returns its name; services call it at start.
 * Throws, like `useSecp256k1`, when the add-on is there and answers a fixed vector wrongly.
 */
export async function useFastestSecp256k1(): Promise<string> {
  const native = await loadNativeSecp256k1();
  if (native !== undefined) useSecp256k1(native);
  return secp256k1InUse();
}

function loadAddon(): Addon | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as Addon;
  } catch {
    return undefined;
  }
}

function implementationOf(addon: Addon): Secp256k1 {
  return {
    name: 'native',
    publicKey: (privateKey) => addon.publicKeyCreate(privateKey, true),
    sign: (digest, privateKey) => addon.ecdsaSign(reducedDigest(digest), privateKey).signature,
    verify: (compact, digest, publicKey) =>
      publicKey.length === COMPRESSED_LENGTH && falseWhenThrown(() => addon.ecdsaVerify(compact, digest, publicKey)),
    decompress: (publicKey) => {
      if (publicKey.length !== COMPRESSED_LENGTH) return undefined;
      try {
        return addon.publicKeyConvert(publicKey, false);
      } catch {
        return undefined;
      }
    },
  };
}

function falseWhenThrown(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}

/** libsecp256k1 derives the nonce from the digest as it is; RFC 6979 (bits2octets) takes it modulo the order. */
function reducedDigest(digest: Uint8Array): Uint8Array {
  if (digest[0] !== 0xff || digest[1] !== 0xff) return digest;
  const view = Buffer.from(digest);
  const number = BigInt(`0x${view.toString('hex')}`);
  return number < ORDER ? digest : Buffer.from((number - ORDER).toString(16).padStart(64, '0'), 'hex');
}
