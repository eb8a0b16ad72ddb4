/*
 * Where WebAssembly is forbidden the plain search takes over, behind the same function.
 */
import { afterEach, expect, it, vi } from 'vitest';
import { createSearch, createWasmSearch } from '@pocket/pow';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('falls back to the reference without WebAssembly', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  const { name, search } = await createSearch();
  expect(name).toBe('reference');
  expect(search(new Uint8Array(80), 2n ** 256n - 1n, 3, 4)).toBe(3);
});

it('says so when WebAssembly is asked for and refused', async () => {
  vi.stubGlobal('WebAssembly', { instantiate: () => Promise.reject(new Error('forbidden')) });
  await expect(createWasmSearch()).rejects.toThrow('forbidden');
});
