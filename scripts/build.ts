/**
 * Bundles every service's programs (`main.ts`, the miner's `worker-main.ts`) and its settings (`config.ts`) into
 * `services/<name>/dist`, so that processes start without a TypeScript loader. Workspace packages are bundled,
 * packages from npm stay imports. Files beside the bundle resolve alike from `src/` and `dist/`.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `sideEffects: false` drops imports that nothing uses: the settings alone then load no web server. */
const externalPackages = (sideEffects: boolean): Plugin => ({
  name: 'external-packages',
  setup(esbuild) {
    esbuild.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@pocket/') ? undefined : { path, external: true, sideEffects },
    );
  },
});

const common: BuildOptions = {
  absWorkingDir: root,
  outdir: join(root, 'services'),
  outbase: join(root, 'services'),
  entryNames: '[dir]/../dist/[name]',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  logLevel: 'warning',
};

const services = (await readdir(join(root, 'services'))).sort();
const sources = (...files: string[]): string[] =>
  services
    .flatMap((name) => files.map((file) => join('services', name, 'src', file)))
    .filter((path) => existsSync(join(root, path)));

try {
  await Promise.all([
    build({ ...common, entryPoints: sources('main.ts', 'worker-main.ts'), plugins: [externalPackages(true)] }),
    build({ ...common, entryPoints: sources('config.ts'), plugins: [externalPackages(false)] }),
  ]);
} catch {
  process.exitCode = 1; // esbuild has already printed every error with its place
}
