// What an implementation of the two hash functions must offer to stand in for the reference.

/** One implementation; taken into use by `useHashes`. Both answer with a plain Uint8Array of its own memory. */
export interface Hashes {
  readonly name: HashesName;
  /** FIPS 180-4, 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  /** 20 bytes. */
  readonly ripemd160: (bytes: Uint8Array) => Uint8Array;
}

/** OpenSSL by node:crypto, and the reference in JavaScript. */
export type HashesName = 'node' | 'noble';
