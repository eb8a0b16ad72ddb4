/*
 * Compiles native/ to native/build/nonce-search.node, where there is a C compiler. Where there is none, or it fails,
 * nothing is said and nothing breaks: the search runs in WebAssembly then. What happened stands in
 * native/build/outcome.txt. scripts/bootstrap.mjs runs it when the sources or the compiler have changed.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileC } from './c-compiler.ts';

const NATIVE = fileURLToPath(new URL('native', import.meta.url));
const BUILD = join(NATIVE, 'build');
const ADDON = join(BUILD, 'nonce-search.node');
/** Node itself provides the functions of N-API when it loads the add-on; only macOS wants to hear that. */
const SHARED = ['-shared', '-fPIC', '-fvisibility=hidden'];
const DYNAMIC = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];

/** Writes the add-on to `outFile` and gives the compiler's warnings. Throws with the reason where it cannot. */
export async function buildAddon(outFile: string, options: readonly string[] = []): Promise<string> {
  const { include_dir } = createRequire(import.meta.url)('node-api-headers') as { include_dir: string };
  const files = (await readdir(NATIVE)).filter((file) => file.endsWith('.c')).map((file) => join(NATIVE, file));
  return compileC(files, outFile, [...SHARED, ...DYNAMIC, '-I', include_dir, ...options]);
}

async function outcome(): Promise<string> {
  try {
    return `built\n${await buildAddon(ADDON)}`;
  } catch (error) {
    await rm(ADDON, { force: true }); // what was built of other sources must not stay
    return `not built: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await mkdir(BUILD, { recursive: true });
  await writeFile(join(BUILD, 'outcome.txt'), await outcome());
}
