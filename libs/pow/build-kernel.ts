/*
 * Compiles the two kernels of assembly/ and writes them as base64 to src/kernel-bytes.ts, which is committed with the
 * digest of what it was made of: every build asks for the kernels, and compiles where something of that has changed. The
 * same source and compiler version give the same bytes; a test builds again and compares.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const BUILT = new URL('src/kernel-bytes.ts', import.meta.url);
const SOURCES = new URL('assembly/', import.meta.url);
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
    await promisify(execFile)(process.execPath, [join(compilerFolder(), 'bin/asc.js'), source, ...options]);
    return (await readFile(outFile)).toString('base64');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function compilerFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json'));
}

/** A constant of the module; lines of 100 characters, so that a change shows as a small difference. */
function constantOf(name: string, base64: string): string {
  const lines = (base64.match(/.{1,100}/g) ?? []).map((line) => `  '${line}'`);
  return `export const ${name} =\n${lines.join(' +\n')};\n`;
}

/** SHA-256, hex, of all that decides about the bytes: the sources, the compiler's version, and how it is called. */
export async function sourceDigest(): Promise<string> {
  const files = (await readdir(SOURCES)).sort();
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, SOURCES), 'utf8')));
  const { version } = JSON.parse(await readFile(join(compilerFolder(), 'package.json'), 'utf8')) as { version: string };
  const called = JSON.stringify([version, OPTIONS, KERNELS]);
  const hash = createHash('sha256').update(called);
  for (const [index, source] of sources.entries()) hash.update(`\n${files[index] ?? ''}\n${source}`);
  return hash.digest('hex');
}

async function writeKernels(digest: string): Promise<void> {
  const [scalar, simd] = await Promise.all([buildKernel('scalar'), buildKernel('simd')]);
  const parts = [
    `/* Built from ../assembly by ../build-kernel.ts; do not edit. The digest of what it was made of:\n${digest} */\n`,
    constantOf('SCALAR_KERNEL_BASE64', scalar),
    constantOf('SIMD_KERNEL_BASE64', simd),
  ];
  await writeFile(BUILT, parts.join('\n'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [digest, built] = await Promise.all([sourceDigest(), readFile(BUILT, 'utf8')]);
  if (!built.includes(digest)) await writeKernels(digest);
}
