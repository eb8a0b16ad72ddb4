/**
 * Gathers in one folder what a container of any of the services needs at run time, and nothing else: the bundles, the
 * migrations, the few packages that no bundle can hold, the test stand, and the programs for operators. Run by the
 * Dockerfile.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ENGINE, FOUND_AT_RUN_TIME, OPERATORS_FOLDER, OPERATORS_PROGRAMS, root } from './bundling.ts';

/** What packages look up in others while they run: the files of the board of queues. */
const LOOKED_UP = ['@bull-board/ui'];
const ADDON = 'native/build/nonce-search.node';

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('scripts/image.ts needs the folder to fill.');
const target = resolve(folder);

async function copy(from: string, to = from): Promise<void> {
  await cp(join(root, from), join(target, to), { recursive: true, dereference: true });
}

/** The bundles and what starts them, without their maps and without the settings, which only a launcher reads. */
async function copyServices(): Promise<void> {
  for (const name of await readdir(join(root, 'services'))) {
    const dist = join('services', name, 'dist');
    const programs = (await readdir(join(root, dist))).filter((file) => /\.c?js$/.test(file) && file !== 'config.js');
    for (const file of programs) await copy(join(dist, file));
    const migrations = join('services', name, 'prisma/migrations');
    if (existsSync(join(root, migrations))) await copy(migrations);
  }
}

/** A package and all that it depends on; what is optional and not there is left out. */
async function copyPackage(name: string, copied: Set<string>): Promise<void> {
  const place = join('node_modules', name);
  if (copied.has(name) || !existsSync(join(root, place))) return;
  copied.add(name);
  await copy(place);
  const text = await readFile(join(root, place, 'package.json'), 'utf8');
  const { dependencies, optionalDependencies } = JSON.parse(text) as Manifest;
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) await copyPackage(needed, copied);
}

async function copyPackages(): Promise<void> {
  const copied = new Set<string>();
  for (const name of [...FOUND_AT_RUN_TIME, ...LOOKED_UP]) await copyPackage(name, copied);
  for (const file of ['@prisma/client/package.json', ENGINE]) await copy(join('node_modules', file));
  const pow = 'node_modules/@pocket/pow';
  await copy('libs/pow/package.json', join(pow, 'package.json'));
  if (existsSync(join(root, 'libs/pow', ADDON))) await copy(join('libs/pow', ADDON), join(pow, ADDON));
}

/** Has each program compiled once, for containers may write nothing: with a wrong setting it ends when it has been loaded. */
async function keepCompiled(): Promise<void> {
  for (const name of await readdir(join(target, 'services'))) {
    const dist = join(target, 'services', name, 'dist');
    const bundles = (await readdir(dist)).filter((file) => file.endsWith('.cjs'));
    for (const bundle of bundles) {
      const program = join(dist, bundle.replace('.cjs', '.js'));
      const { stderr } = spawnSync(process.execPath, [program], { env: { POCKET_PORT: 'none' }, encoding: 'utf8' });
      const kept = (await readdir(dist)).some((file) => file.startsWith(`${bundle}.`) && file.endsWith('.cache'));
      if (!kept) throw new Error(`${program} has kept nothing of what was compiled: ${stderr}`);
    }
  }
}

async function copyOperatorsPrograms(): Promise<void> {
  for (const name of OPERATORS_PROGRAMS) await copy(join(OPERATORS_FOLDER, `${name}.js`));
}

await mkdir(target, { recursive: true });
await Promise.all([copyServices(), copyPackages(), copyOperatorsPrograms()]);
await copy('web/dist');
for (const file of ['deploy/health.sh', 'deploy/pocket.js']) await copy(file, basename(file));
await writeFile(join(target, 'package.json'), `${JSON.stringify({ type: 'module', private: true })}\n`);
await keepCompiled();
