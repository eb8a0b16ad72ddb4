/**
 * Bundles every service's programs (`main.ts`, the miner's `worker-main.ts` and `search-thread.ts`) and its settings
 * (`config.ts`) into `services/<name>/dist`, and the programs that people run, so that processes start without a TypeScript
 * loader and read one file instead of a thousand (a third of a second instead of three). Files beside a service's bundle
 * resolve alike from `src/` and `dist/`. What is started, `main.js`, runs the bundle `main.cjs` with what V8 has compiled of
 * it before.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { bundle, cachedProgram, OPERATORS_FOLDER, OPERATORS_PROGRAMS, root, wholeProgram } from './bundling.ts';

/** The settings alone must not load a web server: modules of which nothing is used are dropped, packages stay imports. */
const settingsOnly: Plugin = {
  name: 'settings-only',
  setup(esbuild) {
    esbuild.onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || pluginData === resolving) return undefined;
      if (/^[^./@]|^@(?!pocket\/)/.test(path)) return { path, external: true, sideEffects: false };
      const found = await esbuild.resolve(path, { kind, importer, resolveDir, pluginData: resolving });
      return { path: found.path, errors: found.errors, sideEffects: false };
    });
  },
};

/** Marks the plugin's own question, which esbuild asks the plugin as well. */
const resolving = Symbol('resolving');

const places: BuildOptions = {
  outdir: join(root, 'services'),
  outbase: join(root, 'services'),
  entryNames: '[dir]/../dist/[name]',
};

const services = (await readdir(join(root, 'services'))).sort();
const sources = (...files: string[]): string[] =>
  services
    .flatMap((name) => files.map((file) => join('services', name, 'src', file)))
    .filter((path) => existsSync(join(root, path)));

/** What runs the bundle of a service's program, under the name of its source. */
async function launch(source: string): Promise<void> {
  const contents = `import { runCached } from './libs/service-kit/src/code-cache.ts';
    import { fileURLToPath } from 'node:url';
    runCached(fileURLToPath(import.meta.url).replace(/js$/, 'cjs'));`;
  const outfile = join(root, source.replace('/src/', '/dist/').replace('.ts', '.js'));
  await build({ ...bundle, sourcemap: false, stdin: { contents, resolveDir: root }, outfile });
}

/** Nothing that was kept of a service's earlier bundles stays; a process that runs may be keeping something just now. */
async function forget(service: string): Promise<void> {
  const folder = join(root, 'services', service, 'dist');
  const files = existsSync(folder) ? await readdir(folder) : [];
  const kept = files.filter((file) => file.includes('.cache'));
  await Promise.all(kept.map((file) => rm(join(folder, file), { force: true })));
}

const cached = sources('main.ts', 'worker-main.ts');
await Promise.all(services.map(forget));
try {
  await Promise.all([
    build({ ...cachedProgram, ...places, entryPoints: cached }),
    ...cached.map(launch),
    build({ ...wholeProgram, ...places, entryPoints: sources('search-thread.ts') }),
    build({ ...bundle, ...places, entryPoints: sources('config.ts'), plugins: [settingsOnly] }),
    build({
      ...wholeProgram,
      entryPoints: ['start', ...OPERATORS_PROGRAMS].map((name) => join('scripts', `${name}.ts`)),
      outdir: OPERATORS_FOLDER,
    }),
  ]);
} catch {
  process.exitCode = 1; // esbuild has already printed every error with its place
}
