/*
 * Chooses the nonce search: the fastest that this runtime can run. Callers see one function whatever is behind it,
 * so another implementation (native code) is one more line here and nothing elsewhere.
 */
import { referenceScanner } from './reference.ts';
import { searchWith, type NonceSearch } from './search.ts';
import { canRun, createWasmScanner, SCALAR_KERNEL, SIMD_KERNEL } from './wasm.ts';

/** The fastest search of this runtime. One per thread: a search is not shared between threads. */
export async function createSearch(): Promise<NonceSearch> {
  try {
    return await (canRun(SIMD_KERNEL) ? createSimdSearch() : createWasmSearch());
  } catch {
    return createReferenceSearch(); // No WebAssembly here; `name` says so.
  }
}

/** WebAssembly, four nonces at a time; rejects where the runtime has no WebAssembly SIMD. */
export async function createSimdSearch(): Promise<NonceSearch> {
  return { name: 'wasm-simd', search: searchWith(await createWasmScanner(SIMD_KERNEL)) };
}

/** WebAssembly, one nonce after another; rejects where the runtime has none. */
export async function createWasmSearch(): Promise<NonceSearch> {
  return { name: 'wasm', search: searchWith(await createWasmScanner(SCALAR_KERNEL)) };
}

/** The plain search; runs everywhere. */
export function createReferenceSearch(): NonceSearch {
  return { name: 'reference', search: searchWith(referenceScanner) };
}
