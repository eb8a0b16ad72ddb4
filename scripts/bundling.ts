/** How this project's programs become single files for Node; shared by the build and by the container image. */
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Stays an import: a native add-on that is found at run time, if at all, or a package with a WebAssembly file beside it. */
export const FOUND_AT_RUN_TIME = ['secp256k1', 'tiny-secp256k1', 'msgpackr-extract', 'pg-native'];

/** What packages in CommonJS expect to find around them. */
const COMMONJS_BANNER = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __fileURLToPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL('.', import.meta.url));`;

/** Every bundle's options, whatever is in it. */
export const bundle: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
};

/** A program with all its packages inside, but for those that are found at run time. */
export const wholeProgram: BuildOptions = {
  ...bundle,
  external: FOUND_AT_RUN_TIME.flatMap((name) => [name, `${name}/*`]),
  banner: { js: COMMONJS_BANNER },
  minifySyntax: true,
};
