/*
 * Compiles the two kernels of assembly/ and writes them as base64 to src/kernel-bytes.ts, which is committed, so that
 * nobody needs a compiler to mine. The same source and compiler version give the same bytes; a test builds again and
 * compares. Run it after a change of a kernel: npm run build:kernel -w @pocket/pow
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const BUILT = new URL('src/kernel-bytes.ts', import.meta.url);
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--initialMemory', '1'];
/** Only the SIMD kernel may use what not every runtime has. */
const KERNELS = { scalar: [], simd: ['--enable', 'simd'] } satisfies Record<string, string[]>;

/**
 * The compiled kernel, base64. Throws with the compiler's words. The compiler runs as a program of its own: importing
 * it would bring its typings, in which arrays are never undefined, into ours.
 */
export async function buildKernel(name: keyof typeof KERNELS): Promise<string> {
  const source = fileURLToPath(new URL(`assembly/${name}.ts`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'pocket-kernel-'));
  try {
    const outFile = join(folder, 'kernel.wasm');
    const options = ['--outFile', outFile, ...OPTIONS, ...KERNELS[name]];
    await promisify(execFile)(process.execPath, [compiler(), source, ...options]);
    return (await readFile(outFile)).toString('base64');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function compiler(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('assemblyscript/package.json')), 'bin/asc.js');
}

/** A constant of the module; lines of 100 characters, so that a change shows as a small difference. */
function constantOf(name: string, base64: string): string {
  const lines = (base64.match(/.{1,100}/g) ?? []).map((line) => `  '${line}'`);
  return `export const ${name} =\n${lines.join(' +\n')};\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [scalar, simd] = await Promise.all([buildKernel('scalar'), buildKernel('simd')]);
  const parts = [
    '/* Built from ../assembly by ../build-kernel.ts; do not edit. */\n',
    constantOf('SCALAR_KERNEL_BASE64', scalar),
    constantOf('SIMD_KERNEL_BASE64', simd),
  ];
  await writeFile(BUILT, parts.join('\n'));
}
