/*
 * The committed kernel is what its source says: compiling again gives the same bytes.
 */
import { expect, it } from 'vitest';
import { buildKernel } from '../build-kernel.ts';
import { KERNEL_BASE64 } from '../src/kernel-bytes.ts';

it('building the kernel again gives the committed bytes', async () => {
  expect(await buildKernel()).toBe(KERNEL_BASE64);
}, 30_000);

it('the kernel imports nothing and stays small', () => {
  const module = Buffer.from(KERNEL_BASE64, 'base64');
  expect(module.subarray(0, 4).toString('latin1')).toBe('\0asm');
  expect(module.length).toBeLessThan(8_192);
});
