/** How this project's programs become single files for Node; shared by the build and by the container image. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * The programs that people run, bundled as well: their packages one by one take seconds to load. The folder is as deep as
 * the libraries' sources, for they look for the checkout's root from there.
 */
export const OPERATORS_FOLDER = 'scripts/operators/dist';
/** Those of them that a container has too. */
export const OPERATORS_PROGRAMS = ['export', 'import', 'verify', 'rebuild', 'dead-letters'];

/** Stays an import: a native add-on that is found at run time, if at all, or a package with a WebAssembly file beside it. */
export const FOUND_AT_RUN_TIME = ['secp256k1', 'tiny-secp256k1', 'msgpackr-extract', 'pg-native'];

/** Prisma's engine, larger than the rest of a program, and loaded by the first typed call only. */
export const ENGINE = '@prisma/client/runtime/query_compiler_small_bg.postgresql.wasm-base64.mjs';

/** What packages in CommonJS expect to find around them. */
const COMMONJS_BANNER = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __fileURLToPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL('.', import.meta.url));`;

/** Of a bundle in CommonJS: strict, as its modules are, which learn their place from it. */
const CACHED_BANNER = `"use strict";const __programUrl = require('node:url').pathToFileURL(__filename).href;`;

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

/**
 * Of packages the source maps know the file and not the line: with every line of them a program's map is another 14 MB,
 * and whoever reads it waits as long as for all of its start.
 */
const packagesByFile: Plugin = {
  name: 'packages-by-file',
  setup(esbuild) {
    esbuild.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      const map = { version: 3, sources: [basename(path)], sourcesContent: [''], mappings: 'AAAA' };
      const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
      return { contents: `${code}\n//# sourceMappingURL=data:application/json;base64,${encoded}`, loader: 'js' };
    });
  },
};

/** A program with all its packages inside, but for those that are found at run time. */
export const wholeProgram: BuildOptions = {
  ...bundle,
  external: [ENGINE, ...FOUND_AT_RUN_TIME.flatMap((name) => [name, `${name}/*`])],
  banner: { js: COMMONJS_BANNER },
  minifySyntax: true,
  minifyWhitespace: true,
  plugins: [packagesByFile],
};

/** The same as a script whose compiled code is kept (libs/service-kit/src/code-cache.ts), which a module's cannot be. */
export const cachedProgram: BuildOptions = {
  ...wholeProgram,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: CACHED_BANNER },
  define: { 'import.meta.url': '__programUrl' },
  // V8 forgets who imports for code that it has compiled before; `require` takes modules as well.
  supported: { 'dynamic-import': false },
};
