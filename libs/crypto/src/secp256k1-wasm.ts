// The implementation for machines without the add-on's binary: libsecp256k1 as the WebAssembly of `tiny-secp256k1`.
// It needs no compiler and runs wherever Node does, a fifth as fast as the add-on and several times as fast as noble.
// Loaded at run time: the package reads its .wasm file beside itself, which a bundle would lose.
import { type Secp256k1, implementationBy } from './secp256k1-implementation.ts';

/** The WebAssembly implementation. Rejects when the package is missing or this runtime has no WebAssembly. */
export async function loadWasmSecp256k1(): Promise<Secp256k1> {
  const tiny = await import('tiny-secp256k1');
  return implementationBy('wasm', {
    publicKey: (privateKey) => pointOf(tiny.pointFromScalar(privateKey, true)),
    sign: (digest, privateKey) => tiny.sign(digest, privateKey),
    verify: (compact, digest, publicKey) => tiny.verify(digest, publicKey, compact, true),
    decompress: (publicKey) => pointOf(tiny.isPointCompressed(publicKey) ? tiny.pointCompress(publicKey, false) : null),
  });
}

function pointOf(bytes: Uint8Array | null): Uint8Array {
  if (bytes === null) throw new RangeError('secp256k1: expected a point of the curve');
  return bytes;
}
