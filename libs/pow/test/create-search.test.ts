/*
 * The search is chosen by what the runtime can do: four lanes, else one, else no WebAssembly; behind the same function.
 */
import { afterEach, expect, it, vi } from 'vitest';
import { createSearch, createSimdSearch, createWasmSearch } from '@pocket/pow';

const ANY_TARGET = 2n ** 256n - 1n;

/** The runtime's own. */
interface WebAssemblyObject {
  instantiate(bytes: Uint8Array): Promise<unknown>;
  validate(bytes: Uint8Array): boolean;
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyObject };
const instantiate = (bytes: Uint8Array) => WebAssembly.instantiate(bytes);
const refuse = () => Promise.reject(new Error('forbidden'));

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each([
  ['wasm-simd', 'WebAssembly has SIMD', WebAssembly],
  ['wasm', 'WebAssembly has no SIMD', { instantiate, validate: () => false }],
  ['reference', 'WebAssembly is there but forbidden', { instantiate: refuse, validate: () => true }],
  ['reference', 'there is no WebAssembly', undefined],
])('chooses %s where %s', async (expected, _case, runtime) => {
  vi.stubGlobal('WebAssembly', runtime);
  const { name, search } = await createSearch();
  expect(name).toBe(expected);
  expect(search(new Uint8Array(80), ANY_TARGET, 3, 4)).toBe(3);
});

it.each([createSimdSearch, createWasmSearch])('$name says so when it is asked for and refused', async (create) => {
  vi.stubGlobal('WebAssembly', { instantiate: refuse });
  await expect(create()).rejects.toThrow('forbidden');
});
