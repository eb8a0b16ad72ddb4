/*
 * The nonce search in WebAssembly: loads a kernel of ../assembly, moves header and target into its memory, and has each
 * nonce it names judged by the reference. The kernel compares only the most significant 32 bits of hash and target.
 * One scanner is one instance with a memory of its own; it belongs to the thread that made it.
 */
import { SCALAR_KERNEL_BASE64, SIMD_KERNEL_BASE64 } from './kernel-bytes.ts';
import { nonceJudge } from './reference.ts';
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
      const meetsTarget = nonceJudge(header, target);
      return (from, to) => firstThatMeets(kernel, meetsTarget, from, to);
    },
  };
}

/** A candidate is refused when its hash begins as the target does and is above it: about once in 2^32 hashes. */
function firstThatMeets(kernel: Kernel, meetsTarget: (nonce: number) => boolean, from: number, to: number) {
  for (let start = from; start < to;) {
    const candidate = kernel.searchNonces(start, to - start);
    if (candidate < 0) return undefined;
    if (meetsTarget(candidate)) return candidate;
    start = candidate + 1;
  }
  return undefined;
}

function writeInput(kernel: Kernel, header: Uint8Array, target: bigint): void {
  new Uint8Array(kernel.memory.buffer).set(header, kernel.HEADER.value);
  new DataView(kernel.memory.buffer).setUint32(kernel.TARGET.value, Number(target >> 224n), true);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
