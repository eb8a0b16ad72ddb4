/**
 * Runs a bundle with what V8 has compiled of it before: most of a program's start is compiling, and most of what it compiles
 * is the same each time. The first run of a bundle keeps the compiled code beside it, where it may write there; a Node of
 * another version passes it over and keeps its own. See `vm.Script`, https://nodejs.org/docs/latest-v20.x/api/vm.html.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** By then a program has done what it always does; later, V8 forgets what was done only once. */
const KEPT_AFTER_MS = 10_000;
const DIGEST_DIGITS = 16;

type Wrapped = (exports: object, require: NodeJS.Require, module: object, filename: string, dirname: string) => void;

/**
 * Runs the CommonJS bundle `file` in this process. What is kept is named by the bundle's digest, for V8 itself takes any code
 * that was compiled of as many characters.
 * @param keptAfterMs when what was compiled is kept, unless the program ends before.
 */
export function runCached(file: string, keptAfterMs = KEPT_AFTER_MS): void {
  const bundle = readFileSync(file);
  const digest = createHash('sha256').update(bundle).digest('hex').slice(0, DIGEST_DIGITS);
  const cacheFile = `${file}.${digest}.cache`;
  const cachedData = readIfThere(cacheFile);
  const parameters = 'exports, require, module, __filename, __dirname';
  const script = new Script(`(function (${parameters}) {${bundle.toString()}\n})`, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected === true) keepOnce(script, cacheFile, keptAfterMs);
  const module = { exports: {} };
  const run = script.runInThisContext() as Wrapped;
  run.call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** In a while, or when the program ends before. */
function keepOnce(script: Script, file: string, afterMs: number): void {
  const keep = (): void => {
    clearTimeout(timer);
    process.off('exit', keep);
    const written = `${file}.${process.pid}`;
    try {
      writeFileSync(written, script.createCachedData());
      renameSync(written, file);
    } catch {
      // A folder that must not be written to, as in a container, holds what was kept when it was made.
      rmSync(written, { force: true });
    }
  };
  const timer = setTimeout(keep, afterMs).unref();
  process.on('exit', keep);
}
