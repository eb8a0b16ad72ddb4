/*
 * Chooses the nonce search: the fastest that this runtime can run. Callers see one function whatever is behind it,
 * so another implementation (SIMD lanes, native code) is one more line here and nothing elsewhere.
 */
import { referenceScanner } from './reference.ts';
import { searchWith, type NonceSearch } from './search.ts';
import { createWasmScanner } from './wasm.ts';

/** The fastest search of this runtime. One per thread: a search is not shared between threads. */
export async function createSearch(): Promise<NonceSearch> {
  try {
    return await createWasmSearch();
  } catch {
    return createReferenceSearch(); // No WebAssembly here; `name` says so.
  }
}

/** The WebAssembly search; rejects where the runtime has none. About seven times the reference. */
export async function createWasmSearch(): Promise<NonceSearch> {
  return { name: 'wasm', search: searchWith(await createWasmScanner()) };
}

/** The plain search; runs everywhere. */
export function createReferenceSearch(): NonceSearch {
  return { name: 'reference', search: searchWith(referenceScanner) };
}
