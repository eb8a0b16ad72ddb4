/*
 * The machine's own C compiler, if it has one: for the add-on of native/ and for the bench's yardstick. Nothing here
 * installs, downloads or asks anything; without a compiler an Error says so, and the caller does without.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const COMPILER = 'cc';
const OPTIONS = ['-std=gnu11', '-O3', '-Wall', '-Wextra'];
/** A compiler that hangs must not keep a program from starting. */
const TIMEOUT_MS = 60_000;

const run = promisify(execFile);

/** Does this machine have a compiler that can be asked without a window opening? */
export async function hasCompiler(): Promise<boolean> {
  try {
    // What macOS calls cc offers to install the real one when it is run.
    if (process.platform === 'darwin') await run('xcode-select', ['-p'], { timeout: TIMEOUT_MS });
    await run(COMPILER, ['--version'], { timeout: TIMEOUT_MS });
    return process.platform !== 'win32';
  } catch {
    return false;
  }
}

/**
 * Compiles C files into `outFile`, which is there whole or not at all, and gives the compiler's warnings.
 * Throws with the compiler's words, or because there is no compiler.
 */
export async function compileC(
  files: readonly string[],
  outFile: string,
  options: readonly string[] = [],
): Promise<string> {
  if (!(await hasCompiler())) throw new Error('this machine has no C compiler (cc)');
  const unfinished = `${outFile}.${randomUUID()}`;
  await mkdir(dirname(outFile), { recursive: true });
  try {
    const { stderr } = await run(COMPILER, [...OPTIONS, ...options, '-o', unfinished, ...files], {
      timeout: TIMEOUT_MS,
    });
    await rename(unfinished, outFile);
    return stderr;
  } finally {
    await rm(unfinished, { force: true });
  }
}
