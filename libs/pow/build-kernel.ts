/*
 * Compiles assembly/kernel.ts and writes it as base64 to src/kernel-bytes.ts, which is committed, so that nobody needs
 * a compiler to mine. The same source and compiler version give the same bytes; a test builds again and compares.
 * Run it after a change of the kernel: npm run build:kernel -w @pocket/pow
 */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const SOURCE = new URL('assembly/kernel.ts', import.meta.url);
const BUILT = new URL('src/kernel-bytes.ts', import.meta.url);
const OPTIONS = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--initialMemory', '1'];

/** The compiled kernel, base64. Throws with the compiler's words. */
export async function buildKernel(): Promise<string> {
  const source = await readFile(SOURCE, 'utf8');
  const built = new Map<string, Uint8Array>();
  const complaints: string[] = [];
  const { error } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...OPTIONS], {
    readFile: (name) => (name === 'kernel.ts' ? source : null),
    writeFile: (name, contents) => void built.set(name, Buffer.from(contents)),
    listFiles: () => [],
    stderr: { write: (text) => void complaints.push(text.toString()) },
  });
  const bytes = built.get('kernel.wasm');
  if (error || !bytes) throw new Error(`The kernel does not compile: ${complaints.join('')}`, { cause: error });
  return Buffer.from(bytes).toString('base64');
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
