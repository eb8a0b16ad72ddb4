// What an implementation of ECDSA on secp256k1 must offer to stand in for the reference, and what all of them share:
// lengths are checked here, and the exceptions of a library on bytes it cannot parse become a no.
// Digests and private keys are 32 bytes, compact signatures are r‖s (64 bytes, big endian).

/** C by a native add-on, C by WebAssembly, and the reference in JavaScript: fastest first. */
export type Secp256k1Name = 'native' | 'wasm' | 'noble';

/** One implementation of the curve; taken into use by `useSecp256k1`. */
export interface Secp256k1 {
  readonly name: Secp256k1Name;
  /** The compressed public key, 33 bytes. Throws for a number that is no private key. */
  readonly publicKey: (privateKey: Uint8Array) => Uint8Array;
  /** The deterministic (RFC 6979) signature with low S. Throws for a number that is no private key. */
  readonly sign: (digest: Uint8Array, privateKey: Uint8Array) => Uint8Array;
  /** False, and never an exception, for high S, for a key that is no compressed point and for a wrong length too. */
  readonly verify: (compact: Uint8Array, digest: Uint8Array, publicKey: Uint8Array) => boolean;
  /** 0x04‖x‖y, 65 bytes; undefined unless the 33 bytes are a compressed point of the curve. */
  readonly decompress: (publicKey: Uint8Array) => Uint8Array | undefined;
}

/** What a library offers: as `Secp256k1`, for keys of 33 bytes only, and it may throw on bytes it cannot parse. */
export interface CurveLibrary extends Omit<Secp256k1, 'name' | 'decompress'> {
  readonly decompress: (publicKey: Uint8Array) => Uint8Array;
}

const COMPRESSED_LENGTH = 33;

/** The implementation that asks this library. */
export function implementationBy(name: Secp256k1Name, library: CurveLibrary): Secp256k1 {
  const { publicKey, sign, verify, decompress } = library;
  return {
    name,
    publicKey,
    sign,
    verify: (compact, digest, key) => {
      if (key.length !== COMPRESSED_LENGTH) return false;
      try {
        return verify(compact, digest, key);
      } catch {
        return false;
      }
    },
    decompress: (key) => {
      if (key.length !== COMPRESSED_LENGTH) return undefined;
      try {
        return decompress(key);
      } catch {
        return undefined;
      }
    },
  };
}
