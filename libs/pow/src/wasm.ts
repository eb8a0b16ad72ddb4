/*
 * The nonce search in WebAssembly: loads a kernel of ../assembly, moves header and target into its memory, and has each
 * nonce it names judged by the reference.
 * One scanner is one instance with a memory of its own; it belongs to the thread that made it.
 */
import { judgedScan, targetWord } from './candidates.ts';
import { SCALAR_KERNEL_BASE64, SIMD_KERNEL_BASE64 } from './kernel-bytes.ts';
import type { Scanner } from './search.ts';

/** What a kernel exports; HEADER and TARGET are addresses in its memory. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly HEADER: { readonly value: number };
  readonly TARGET: { readonly value: number };
  prepare(): void;
  /** The first candidate; -1 when there is none. */
  searchNonces(from: number, count: number): number;
}

/** The part of the standard JavaScript interface used here; declared because the DOM's types are not loaded. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
  validate(bytes: Uint8Array): boolean;
};

/** One nonce after another. */
export const SCALAR_KERNEL = bytesOf(SCALAR_KERNEL_BASE64);
/** Four at a time, in the lanes of SIMD vectors. */
export const SIMD_KERNEL = bytesOf(SIMD_KERNEL_BASE64);

/** Does this runtime know every instruction of the kernel? Throws where there is no WebAssembly. */
export function canRun(kernel: Uint8Array): boolean {
  return WebAssembly.validate(kernel);
}

/** Rejects where there is no WebAssembly or it is forbidden (a content security policy without `wasm-unsafe-eval`). */
export async function createWasmScanner(bytes: Uint8Array): Promise<Scanner> {
  const { instance } = await WebAssembly.instantiate(bytes);
  const kernel = instance.exports as Kernel;
  return {
    runLength: 1024,
    prepare(header, target) {
      writeInput(kernel, header, target);
      kernel.prepare();
      return judgedScan((from, count) => kernel.searchNonces(from, count), header, target);
    },
  };
}

function writeInput(kernel: Kernel, header: Uint8Array, target: bigint): void {
  new Uint8Array(kernel.memory.buffer).set(header, kernel.HEADER.value);
  new DataView(kernel.memory.buffer).setUint32(kernel.TARGET.value, targetWord(target), true);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
