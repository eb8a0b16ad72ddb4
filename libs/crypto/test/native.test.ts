// The choice of the fastest: what is absent or wrong is passed over with its reason, for each candidate in turn.
// And that the add-on is never mistaken for its package's silent JavaScript: native.ts bundled by esbuild, run in a
// folder without packages, in one whose binary does not load, in one whose WebAssembly is broken, and in this repository.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { hashesInUse, nobleHashes, nobleSecp256k1, secp256k1InUse, useHashes, useSecp256k1 } from '../src/index.ts';
import {
  type Secp256k1Candidate,
  loadWasmSecp256k1,
  nodeHashes,
  useFastestCryptography,
  useFastestHashes,
  useFastestSecp256k1,
} from '../src/native.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const hasBinary = ['linux-x64', 'darwin-arm64', 'win32-x64'].includes(`${process.platform}-${process.arch}`);
const fastest = hasBinary ? 'native' : 'wasm';
const folders: string[] = [];

afterEach(() => {
  useSecp256k1(nobleSecp256k1);
  useHashes(nobleHashes);
});

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const good = (name: 'native' | 'wasm'): Secp256k1Candidate => ({ name, load: () => ({ ...nobleSecp256k1, name }) });
const wrong = (name: 'native' | 'wasm'): Secp256k1Candidate => ({
  name,
  load: () => ({ ...nobleSecp256k1, name, verify: () => true }),
});
const absent = (name: 'native' | 'wasm'): Secp256k1Candidate => ({
  name,
  load: () => Promise.reject(new Error(`${name} is not here`)),
});

const CHOICES: [why: string, candidates: Secp256k1Candidate[], name: string, passedOver: string[]][] = [
  ['the first where all are there', [good('native'), good('wasm')], 'native', []],
  ['the second where the first is absent', [absent('native'), good('wasm')], 'wasm', ['native is not here']],
  ['the second where the first is wrong', [wrong('native'), good('wasm')], 'wasm', ['"native" is wrong: it accepted']],
  ['the reference where none is there', [absent('native'), absent('wasm')], 'noble', ['native is', 'wasm is']],
  ['the reference where all are wrong', [wrong('native'), wrong('wasm')], 'noble', ['"native" is', '"wasm" is wrong']],
];

describe('useFastestSecp256k1', () => {
  it.each(CHOICES)('takes %s', async (_, candidates, name, reasons) => {
    const choice = await useFastestSecp256k1(candidates);
    expect(choice.name).toBe(name);
    expect(secp256k1InUse()).toBe(name);
    expect(choice.passedOver).toEqual(
      reasons.map((why, index) => ({ name: candidates[index]?.name, why: expect.stringContaining(why) as string })),
    );
  });

  it('can be made to take each implementation there is', async () => {
    expect((await useFastestSecp256k1([])).name).toBe('noble');
    expect((await useFastestSecp256k1([{ name: 'wasm', load: loadWasmSecp256k1 }])).name).toBe('wasm');
    expect((await useFastestSecp256k1()).name).toBe(fastest);
  });
});

describe('useFastestHashes', () => {
  it("takes node:crypto's", () => {
    expect(useFastestHashes()).toEqual({ name: 'node', passedOver: [] });
    expect(hashesInUse()).toBe('node');
  });

  it('stays with the reference where they are wrong or throw', () => {
    const wrongOnce = (bytes: Uint8Array) => nodeHashes.sha256(bytes.length === 64 ? bytes.subarray(1) : bytes);
    expect(useFastestHashes({ ...nodeHashes, sha256: wrongOnce }).passedOver).toMatchObject([{ name: 'node' }]);
    expect(hashesInUse()).toBe('noble');
    const withoutRipemd = () => {
      throw new Error('unsupported');
    };
    expect(useFastestHashes({ ...nodeHashes, ripemd160: withoutRipemd })).toMatchObject({
      name: 'noble',
      passedOver: [{ why: expect.stringContaining('unsupported') as string }],
    });
  });
});

it('useFastestCryptography chooses both', async () => {
  expect(await useFastestCryptography()).toMatchObject({ secp256k1: { name: fastest }, hashes: { name: 'node' } });
  expect([secp256k1InUse(), hashesInUse()]).toEqual([fastest, 'node']);
});

describe('bundled', () => {
  it('uses the fastest there is', async () => {
    expect(await runBundledIn(packageFolder)).toBe(fastest);
  });

  it('stays with the reference where the packages are missing', async () => {
    expect(await runBundledIn(tmpdir())).toBe('noble');
  });

  it("passes over the add-on's silent JavaScript, and a package whose file is not WebAssembly", async () => {
    const folder = folderIn(tmpdir());
    const addon = packageIn(folder, 'secp256k1', 'index.js', 'module.exports = { publicKeyCreate() {} }');
    writeFileSync(join(addon, 'bindings.js'), 'throw new Error("No native build was found")');
    packageIn(folder, 'tiny-secp256k1', 'index.js', 'new WebAssembly.Module(new Uint8Array(8))');
    expect(await runBundledIn(folder)).toBe('noble');
  });
});

function packageIn(folder: string, name: string, file: string, text: string): string {
  const dependency = join(folder, 'node_modules', name);
  mkdirSync(dependency, { recursive: true });
  writeFileSync(join(dependency, file), text);
  return dependency;
}

/** What useFastestSecp256k1 answers from a bundle, made as the services' are, in a new folder below `parent`. */
async function runBundledIn(parent: string): Promise<string> {
  const outfile = join(folderIn(parent), 'bundle.mjs');
  const call = 'process.stdout.write((await useFastestSecp256k1()).name)';
  await build({
    stdin: { contents: `import { useFastestSecp256k1 } from './src/native.ts'; ${call}`, resolveDir: packageFolder },
    external: ['secp256k1', 'secp256k1/*', 'tiny-secp256k1'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return execFileSync(process.execPath, [outfile], { encoding: 'utf8' });
}

function folderIn(parent: string): string {
  const folder = mkdtempSync(join(parent, 'native-test-'));
  folders.push(folder);
  return folder;
}
