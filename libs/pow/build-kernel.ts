/*
 * Compiles assembly/kernel.ts and writes it as base64 to src/kernel-bytes.ts, which is committed, so that nobody needs
 * a compiler to mine. The same source and compiler version give the same bytes; a test builds again and compares.
 * Run it after a change of the kernel: npm run build:kernel -w @pocket/pow
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const SOURCE = fileURLToPath(new URL('assembly/kernel.ts', import.meta.url));
const BUILT = new URL('src/kernel-bytes.ts', import.meta.url);
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--initialMemory', '1'];

/**
 * The compiled kernel, base64. Throws with the compiler's words. The compiler runs as a program of its own: importing
 * it would bring its typings, in which arrays are never undefined, into ours.
 */
export async function buildKernel(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-kernel-'));
  try {
    const outFile = join(folder, 'kernel.wasm');
    await promisify(execFile)(process.execPath, [compiler(), SOURCE, '--outFile', outFile, ...OPTIONS]);
    return (await readFile(outFile)).toString('base64');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function compiler(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('assemblyscript/package.json')), 'bin/asc.js');
}

/** The module's text; lines of 100 characters, so that a change shows as a small difference. */
function moduleOf(base64: string): string {
  const lines = (base64.match(/.{1,100}/g) ?? []).map((line) => `  '${line}'`);
  const comment = '/* Built from ../assembly/kernel.ts by ../build-kernel.ts; do not edit. */';
  return `${comment}\n\nexport const KERNEL_BASE64 =\n${lines.join(' +\n')};\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await writeFile(BUILT, moduleOf(await buildKernel()));
}
