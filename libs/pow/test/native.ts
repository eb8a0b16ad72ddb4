/*
 * The native searches for the tests: the add-on is compiled anew, every warning an error, so that the sources as they
 * stand are what is tested. Where there is no C compiler, or the processor lacks the instructions, they are left out,
 * and `whyNot` says so.
 */
import { fileURLToPath } from 'node:url';
import { createNativeSearch, loadAddon, NATIVE_KERNELS, type Addon, type NativeKernel } from '@pocket/pow/native';
import type { NonceSearch } from '@pocket/pow';
import { buildAddon } from '../build-addon.ts';
import { hasCompiler } from '../c-compiler.ts';

/** Where the add-on of the tests is; undefined where there is no compiler. */
export const addonFile = await buildForTests();
const addon: Addon = addonFile === undefined ? {} : loadAddon(addonFile);

export interface NativeCase {
  readonly kernel: NativeKernel;
  /** Undefined where it cannot run here. */
  readonly nonceSearch: NonceSearch | undefined;
  /** Behind the name of a test: empty, or why it is left out. */
  readonly whyNot: string;
}

export const nativeCases: NativeCase[] = NATIVE_KERNELS.map((kernel) => ({
  kernel,
  nonceSearch: addon[kernel] && createNativeSearch(kernel, addon),
  whyNot: whyNot(kernel),
}));

async function buildForTests(): Promise<string | undefined> {
  if (!(await hasCompiler())) return undefined;
  const file = fileURLToPath(new URL('../native/build/tested.node', import.meta.url));
  await buildAddon(file, ['-Werror']);
  return file;
}

function whyNot(kernel: NativeKernel): string {
  if (addonFile === undefined) return ' (left out: no C compiler here)';
  return addon[kernel] === undefined ? ' (left out: not on this processor)' : '';
}
