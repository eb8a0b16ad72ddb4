/*
 * The nonce search in native code: finds the add-on of ../native, if it was built, and makes scanners of its kernels.
 * For Node only. An add-on built for another machine does not load; one that is wrong is not used.
 */
import { createRequire } from 'node:module';
import { judgedScan, targetWord } from './candidates.ts';
import type { Scanner } from './search.ts';

/** Fastest first; the add-on has those that the processor can run. */
export const NATIVE_KERNELS = ['sha-ni', 'avx2', 'portable'] as const;
export type NativeKernel = (typeof NATIVE_KERNELS)[number];

/** The first candidate of `count` nonces from `from` on, or -1; `target` is the most significant 32 bits. */
type NativeSearch = (header: Uint8Array, target: number, from: number, count: number) => number;
export type Addon = { readonly [kernel in NativeKernel]?: NativeSearch };

/** How many nonces take about a third of a millisecond. */
const RUN_LENGTHS: Record<NativeKernel, number> = { 'sha-ni': 8192, avx2: 4096, portable: 2048 };

/** The header of Bitcoin's genesis block: its nonce, and no other near it, meets a target that begins with 32 zeros. */
const KNOWN_HEADER = Buffer.from(
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
    '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  'hex',
);
const KNOWN_NONCE = 2_083_236_893;
const NONCES_BEFORE = 30;

/**
 * The add-on, by the name of its package: from a bundle it is found as from here. Throws when it was not built, or not
 * for this machine.
 */
export function loadAddon(file = '@pocket/pow/addon'): Addon {
  return createRequire(import.meta.url)(file) as Addon;
}

/** Throws when the processor cannot run this kernel, or when the kernel does not find what is known. */
export function createNativeScanner(addon: Addon, kernel: NativeKernel): Scanner {
  const search = addon[kernel];
  if (search === undefined) throw new Error(`this processor cannot run the native kernel "${kernel}"`);
  if (!findsTheKnown(search)) throw new Error(`the native kernel "${kernel}" is wrong`);
  return {
    runLength: RUN_LENGTHS[kernel],
    prepare(header, target) {
      const copy = Uint8Array.from(header);
      const word = targetWord(target);
      return judgedScan((from, count) => search(copy, word, from, count), copy, target);
    },
  };
}

function findsTheKnown(search: NativeSearch): boolean {
  const from = KNOWN_NONCE - NONCES_BEFORE;
  return (
    search(KNOWN_HEADER, 0, from, NONCES_BEFORE + 10) === KNOWN_NONCE &&
    search(KNOWN_HEADER, 0, from, NONCES_BEFORE) === -1 &&
    search(KNOWN_HEADER, 0xffffffff, from, NONCES_BEFORE) === from
  );
}
