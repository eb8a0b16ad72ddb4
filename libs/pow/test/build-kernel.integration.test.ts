/*
 * The committed kernels are what their source says: compiling again gives the same bytes.
 */
import { expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { buildKernel, sourceDigest } from '../build-kernel.ts';
import { SCALAR_KERNEL_BASE64, SIMD_KERNEL_BASE64 } from '../src/kernel-bytes.ts';

it.each([
  ['scalar', SCALAR_KERNEL_BASE64],
  ['simd', SIMD_KERNEL_BASE64],
] as const)(
  'building the %s kernel again gives the committed bytes',
  async (name, committed) => {
    expect(await buildKernel(name)).toBe(committed);
  },
  30_000,
);

it('names what the committed bytes were made of, so that a build can tell whether they still are', async () => {
  const committed = await readFile(new URL('../src/kernel-bytes.ts', import.meta.url), 'utf8');
  expect(committed).toContain(await sourceDigest());
});

it.each([
  ['scalar', SCALAR_KERNEL_BASE64],
  ['simd', SIMD_KERNEL_BASE64],
])('the %s kernel is a WebAssembly module and stays small', (_name, base64) => {
  const module = Buffer.from(base64, 'base64');
  expect(module.subarray(0, 4).toString('latin1')).toBe('\0asm');
  // It goes into the browser. Rounds that are written out, each with its part of the schedule, are twice the code and a
  // seventh faster.
  expect(module.length).toBeLessThan(12_288);
});
