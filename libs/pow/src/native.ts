/*
 * What only Node has: the search in native code, and the choice between it and what runs everywhere. An entry of its
 * own, `@pocket/pow/native`, so that `@pocket/pow` stays loadable in a browser.
 */
import { type Addon, createNativeScanner, loadAddon, NATIVE_KERNELS, type NativeKernel } from './addon.ts';
import { createSearch } from './create-search.ts';
import { searchWith, type NonceSearch } from './search.ts';

export { loadAddon, NATIVE_KERNELS };
export type { Addon, NativeKernel };

/** The search by one kernel of the add-on. Throws when there is no add-on or the processor cannot run the kernel. */
export function createNativeSearch(kernel: NativeKernel, addon = loadAddon()): NonceSearch {
  return { name: `native-${kernel}`, search: searchWith(createNativeScanner(addon, kernel)) };
}

/** The fastest search of this machine, native where the add-on was built. One per thread, as `createSearch`. */
export async function createFastestSearch(load: () => Addon = loadAddon): Promise<NonceSearch> {
  for (const kernel of NATIVE_KERNELS) {
    try {
      return createNativeSearch(kernel, load());
    } catch {
      // Not built, not for this processor, or wrong: the next one; `name` says which it became.
    }
  }
  return createSearch();
}
