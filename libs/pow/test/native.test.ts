/*
 * The choice of the fastest search: by what the add-on offers and whether it is right, else WebAssembly. And the add-on
 * by itself: what it refuses, and several threads in it at once.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFastestSearch, createNativeSearch, loadAddon, type Addon } from '@pocket/pow/native';
import { addonFile, nativeCases } from './native.ts';

const NO_COMPILER = addonFile === undefined ? ' (left out: no C compiler here)' : '';
const addonOfTests = (): Addon => loadAddon(addonFile);

/** Answers every question as this one does. */
const answering = (nonce: number) => () => nonce;

describe('the fastest search', () => {
  it.each([
    ['the add-on was not built', () => loadAddon('@pocket/pow/nowhere')],
    ['the add-on is not for this machine', () => loadAddon(foreignAddon())],
    ['the add-on has no kernel for this processor', () => ({})],
    [
      'every kernel is wrong',
      () => ({ 'sha-ni': answering(-1), avx2: answering(0), portable: answering(2_083_236_893) }),
    ],
  ])('is WebAssembly where %s', async (_case, load: () => Addon) => {
    expect((await createFastestSearch(load)).name).toBe('wasm-simd');
  });

  it.skipIf(addonFile === undefined)(`is the first kernel that the processor can run${NO_COMPILER}`, async () => {
    const first = nativeCases.find(({ nonceSearch }) => nonceSearch !== undefined);
    expect((await createFastestSearch(addonOfTests)).name).toBe(`native-${first?.kernel ?? ''}`);
  });

  it.skipIf(addonFile === undefined)(`passes over a kernel that is wrong${NO_COMPILER}`, async () => {
    const { portable } = addonOfTests();
    const addon: Addon = { 'sha-ni': answering(7), ...(portable && { portable }) };
    expect((await createFastestSearch(() => addon)).name).toBe('native-portable');
  });
});

it('a native search says so when it is asked for and not there', () => {
  expect(() => createNativeSearch('avx2', {})).toThrow('cannot run the native kernel "avx2"');
  expect(() => createNativeSearch('avx2', { avx2: answering(-1) })).toThrow('the native kernel "avx2" is wrong');
});

describe.skipIf(addonFile === undefined)(`the add-on${NO_COMPILER}`, () => {
  const header = new Uint8Array(80);

  it.each([
    ['a shorter header', [new Uint8Array(79), 0, 0, 1], 'header'],
    ['a header of other numbers', [new Uint16Array(80), 0, 0, 1], 'header'],
    ['no arguments', [], 'header'],
    ['a target that is no number', [header, 1n, 0, 1], 'target'],
    ['a first nonce that is no number', [header, 0, '0', 1], 'from'],
    ['no count', [header, 0, 0], 'count'],
    ['a range past the last nonce', [header, 0, 4_294_967_295, 2], 'from + count'],
  ])('refuses %s', (_case, given, named) => {
    const search = addonOfTests().portable as unknown as (...given: unknown[]) => number;
    expect(() => search(...given)).toThrow(TypeError);
    expect(() => search(...given)).toThrow(named);
  });

  it('answers in several threads at once, and goes on when one of them has ended', async () => {
    const threads = await Promise.all([0, 1, 2].map((first) => searchInThread(first * 100_000)));
    expect(threads).toEqual([0, 100_000, 200_000]);
    expect(await searchInThread(5)).toBe(5);
    expect(createNativeSearch('portable', addonOfTests()).search(header, 2n ** 256n - 1n, 9, 10)).toBe(9);
  });
});

/** What another machine's compiler has made, as far as this one can tell. */
function foreignAddon(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'pocket-addon-')), 'foreign.node');
  writeFileSync(file, 'no machine runs this');
  onTestFinished(() => rmSync(dirname(file), { recursive: true }));
  return file;
}

/** The lowest nonce from `from` on, when a hundred thousand in vain have gone before. */
async function searchInThread(from: number): Promise<unknown> {
  const program = `
    const { parentPort, workerData: { file, from } } = require('node:worker_threads');
    const { portable } = require(file);
    portable(new Uint8Array(80), 0, from, 100_000);
    parentPort.postMessage(portable(new Uint8Array(80), 0xffffffff, from, 10));`;
  const worker = new Worker(program, { eval: true, workerData: { file: addonFile, from } });
  const [nonce] = (await once(worker, 'message')) as [unknown];
  await worker.terminate();
  return nonce;
}
