/*
 * The nonce search in WebAssembly: loads the kernel of ../assembly/kernel.ts and moves header and target into its
 * memory. One scanner is one instance with a memory of its own; it belongs to the thread that made it.
 */
import { KERNEL_BASE64 } from './kernel-bytes.ts';
import type { Scanner } from './search.ts';

/** What the kernel exports; HEADER and TARGET are addresses in its memory. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly HEADER: { readonly value: number };
  readonly TARGET: { readonly value: number };
  prepare(): void;
  /** -1 when there is none. */
  searchNonces(from: number, count: number): number;
}

/** The part of the standard JavaScript interface used here; declared because the DOM's types are not loaded. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
};

const TARGET_WORDS = 8;

/** Rejects where there is no WebAssembly or it is forbidden (a content security policy without `wasm-unsafe-eval`). */
export async function createWasmScanner(): Promise<Scanner> {
  const bytes = Uint8Array.from(atob(KERNEL_BASE64), (character) => character.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes);
  const kernel = instance.exports as Kernel;
  return {
    runLength: 1024,
    prepare(header, target) {
      writeInput(kernel, header, target);
      kernel.prepare();
      return (from, to) => {
        const nonce = kernel.searchNonces(from, to - from);
        return nonce < 0 ? undefined : nonce;
      };
    },
  };
}

/** The header as it is; the target as 32-bit words, most significant word first. */
function writeInput(kernel: Kernel, header: Uint8Array, target: bigint): void {
  new Uint8Array(kernel.memory.buffer).set(header, kernel.HEADER.value);
  const words = new Uint32Array(kernel.memory.buffer, kernel.TARGET.value, TARGET_WORDS);
  for (let i = 0; i < TARGET_WORDS; i++) words[i] = Number((target >> BigInt(224 - 32 * i)) & 0xffffffffn);
}
