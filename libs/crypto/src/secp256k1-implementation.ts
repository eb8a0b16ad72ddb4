// What an implementation of ECDSA on secp256k1 must offer to stand in for the reference.
// Digests and private keys are 32 bytes, compact signatures are r‖s (64 bytes, big endian).

/** One implementation of the curve; taken into use by `useSecp256k1`. */
export interface Secp256k1 {
  readonly name: 'noble' | 'native';
  /** The compressed public key, 33 bytes. Throws for a number that is no private key. */
  readonly publicKey: (privateKey: Uint8Array) => Uint8Array;
  /** The deterministic (RFC 6979) signature with low S. Throws for a number that is no private key. */
  readonly sign: (digest: Uint8Array, privateKey: Uint8Array) => Uint8Array;
  /** False, and never an exception, for high S, for a key that is no compressed point and for a wrong length too. */
  readonly verify: (compact: Uint8Array, digest: Uint8Array, publicKey: Uint8Array) => boolean;
  /** 0x04‖x‖y, 65 bytes; undefined unless the 33 bytes are a compressed point of the curve. */
  readonly decompress: (publicKey: Uint8Array) => Uint8Array | undefined;
}
