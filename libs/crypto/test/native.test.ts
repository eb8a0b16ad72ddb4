// The add-on is used where it is, and never mistaken for the package's silent JavaScript: native.ts bundled by esbuild,
// run in a folder without the package, in one whose binary does not load, and in this repository.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const hasBinary = ['linux-x64', 'darwin-arm64', 'win32-x64'].includes(`${process.platform}-${process.arch}`);
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('useFastestSecp256k1', () => {
  it('uses the add-on when bundled with all packages external', async () => {
    expect(await runBundledIn(packageFolder, 'packages')).toBe(hasBinary ? 'native' : 'noble');
  });

  it('stays with the reference where the package is missing', async () => {
    expect(await runBundledIn(tmpdir(), 'secp256k1')).toBe('noble');
  });

  it('stays with the reference where the package would fall back to JavaScript', async () => {
    const folder = folderIn(tmpdir());
    const dependency = join(folder, 'node_modules/secp256k1');
    mkdirSync(dependency, { recursive: true });
    writeFileSync(join(dependency, 'index.js'), 'module.exports = { publicKeyCreate() {} }');
    writeFileSync(join(dependency, 'bindings.js'), 'throw new Error("No native build was found")');
    expect(await runBundledIn(folder, 'secp256k1')).toBe('noble');
  });
});

/** What useFastestSecp256k1 answers from a bundle in a new folder below `parent`. */
async function runBundledIn(parent: string, external: 'packages' | 'secp256k1'): Promise<string> {
  const outfile = join(folderIn(parent), 'bundle.mjs');
  await build({
    stdin: {
      contents:
        "import { useFastestSecp256k1 } from './src/native.ts'; process.stdout.write(await useFastestSecp256k1());",
      resolveDir: packageFolder,
    },
    ...(external === 'packages' ? { packages: 'external' as const } : { external: ['secp256k1'] }),
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
