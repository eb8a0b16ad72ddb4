/**
 * Where every npm script enters: brings the checkout to where its programs can run (Node's version, the packages,
 * the generated clients, the bundles), doing only what has changed, then hands over. It runs before anything is
 * installed, so it is plain JavaScript on Node's own modules.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamps = join(root, 'node_modules/.cache/pocket-blockchain');
const oldestNode = [20, 19];

const containersRun = ['run', '--config', 'vitest.containers.config.ts'];

/**
 * `program` is a TypeScript file run in this process, `bundled` the name of one that the build has made one file of; `run`
 * is done by children; `ready` is nothing but the way there.
 */
const scripts = {
  start: { build: true, bundled: 'start' },
  test: { build: true, run: (args) => npmProgram('vitest/vitest.mjs', ['run', ...args]) },
  'test:containers': { build: false, run: (args) => npmProgram('vitest/vitest.mjs', [...containersRun, ...args]) },
  check: { build: false, run: check },
  ready: { build: true, run: () => 0 },
  bench: { build: true, choose: (name) => `bench/${name ?? 'contract'}.ts` },
  chaos: { build: true, program: 'scripts/chaos.ts' },
  example: { build: true, choose: (name) => `examples/${name ?? 'usage'}.ts` },
  screenshots: { build: true, program: 'scripts/screenshots.ts' },
  sim: { build: false, program: 'scripts/sim.ts' },
  verify: { build: true, bundled: 'verify' },
  rebuild: { build: true, bundled: 'rebuild' },
  'dead-letters': { build: true, bundled: 'dead-letters' },
  export: { build: true, bundled: 'export' },
  import: { build: true, bundled: 'import' },
  migration: { build: false, program: 'scripts/migration.ts' },
};

const [name = '', ...args] = process.argv.slice(2);
await main();

async function main() {
  const script = scripts[name];
  if (!script) return fail(`There is no script "${name}": there are ${Object.keys(scripts).join(', ')}.`);
  if (!nodeIsNewEnough()) {
    return fail(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer.`);
  }
  process.chdir(root);
  if (!(await prepare(script.build))) return;
  if (script.run) process.exitCode = await script.run(args);
  else await runProgram(script);
}

function nodeIsNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

async function prepare(withBuild) {
  const npm = process.env.npm_execpath;
  const install = npm ? [process.execPath, [npm, 'ci', '--loglevel=error']] : ['npm', ['ci', '--loglevel=error']];
  return (
    (packagesAreThere() || (await step('Installing packages (npm ci)', install))) &&
    (await once(
      'clients',
      schemaFiles(),
      'Generating database clients',
      tsxProgram('scripts/generate.ts'),
      generated(),
    )) &&
    (await once('kernels', kernelFiles(), '', tsxProgram('libs/pow/build-kernel.ts'), [
      'libs/pow/src/kernel-bytes.ts',
    ])) &&
    (await once('addon', addonFiles(), '', tsxProgram('libs/pow/build-addon.ts'), addonOutcome(), compiler())) &&
    (!withBuild ||
      ((await once('bundles', sourceFiles(), 'Bundling the services', tsxProgram('scripts/build.ts'), bundles())) &&
        (await once('stand', standFiles(), 'Building the test stand', viteBuild(), ['web/dist/index.html']))))
  );
}

/**
 * npm keeps what it has installed in a lock file of the same shape: all that is wanted must be there, in its version.
 * What a workspace has of its own lies in a folder of its own, which may be gone.
 */
function packagesAreThere() {
  const record = 'node_modules/.package-lock.json';
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const isThere = (path) => path.startsWith('node_modules/') || existsSync(path);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      !path.includes('node_modules/') || optional || (installed[path]?.version === version && isThere(path)),
  );
}

function schemaFiles() {
  const schemas = readdirSync('services').map((service) => `services/${service}/prisma/schema.prisma`);
  return ['scripts/generate.ts', 'node_modules/prisma/package.json', ...schemas].filter((file) => existsSync(file));
}

function generated() {
  return schemaFiles()
    .filter((file) => file.endsWith('.prisma'))
    .map((file) => join(dirname(file), '../src/generated/client.ts'));
}

/** The search in WebAssembly: its bytes are committed, and compiled anew where they are of another source. */
function kernelFiles() {
  const sources = readdirSync('libs/pow/assembly').map((file) => `libs/pow/assembly/${file}`);
  return ['libs/pow/build-kernel.ts', 'node_modules/assemblyscript/package.json', ...sources.sort()];
}

/** The native nonce search: it is optional, so it is built without a word, and failing to is an outcome like another. */
function addonFiles() {
  const files = readdirSync('libs/pow/native').map((file) => `libs/pow/native/${file}`);
  return ['libs/pow/build-addon.ts', 'libs/pow/c-compiler.ts', ...files.filter((file) => /\.[ch]$/.test(file)).sort()];
}

function addonOutcome() {
  return ['libs/pow/native/build/outcome.txt'];
}

/** The machine and its C compiler, as it is now: where one comes, goes or changes, the add-on is built again. */
function compiler() {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'cc'));
  const place = places.find((file) => existsSync(file));
  const { size, mtimeMs } = place === undefined ? {} : statSync(place);
  return [process.platform, process.arch, place, size, mtimeMs].join(' ');
}

/** All that a bundle is made of: our sources, the generated clients among them, and the packages. */
function sourceFiles() {
  const folders = ['libs', 'services'].flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}/src`));
  const files = ['scripts', ...folders]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.ts'));
  return ['package-lock.json', ...files.sort()];
}

/** All that the test stand is made of: its own files, the libraries that run in the browser, and the packages. */
function standFiles() {
  const libraries = ['chain', 'contracts', 'crypto', 'pow'].map((name) => `libs/${name}/src`);
  const folders = ['web/src', 'web/public', 'web/build', ...libraries];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return ['web/index.html', 'web/vite.config.ts', 'web/package.json', 'package-lock.json', ...files.sort()];
}

function viteBuild() {
  return [process.execPath, ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn']];
}

function bundles() {
  const programs = Object.values(scripts).flatMap(({ bundled }) => bundled ?? []);
  return [...readdirSync('services').map((service) => `services/${service}/dist/main.js`), ...programs.map(bundleOf)];
}

function bundleOf(program) {
  return `scripts/operators/dist/${program}.js`;
}

/** Does a step unless it was done with the same inputs, on the same `ground`, and all it made is there as it was then. */
async function once(stamp, inputs, message, command, outputs, ground = '') {
  const file = join(stamps, stamp);
  const wanted = hashOf(inputs, ground);
  const done = existsSync(file) && readFileSync(file, 'utf8') === wanted;
  const isKept = (output) => existsSync(output) && statSync(output).mtimeMs <= statSync(file).mtimeMs;
  if (done && outputs.every(isKept)) return true;
  if (!(await step(message, command))) return false;
  mkdirSync(stamps, { recursive: true });
  writeFileSync(file, wanted);
  return true;
}

function hashOf(files, ground) {
  const hash = createHash('sha256').update(ground);
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}

/** Runs one command; false, with the exit code set, when it failed. */
async function step(message, [command, commandArgs]) {
  const begun = Date.now();
  if (message) console.log(`${message} …`);
  const code = await child(command, commandArgs);
  if (code !== 0) process.exitCode = code;
  else if (message) console.log(`${message}: done in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  return code === 0;
}

function tsxProgram(file) {
  return [process.execPath, ['--import', 'tsx', file]];
}

/** A program of an installed package, run by this Node rather than by a shell, so that signals reach it. */
function npmProgram(file, programArgs) {
  return child(process.execPath, [join('node_modules', file), ...programArgs]);
}

/** Lint takes as long as all the rest, which runs beside it; every one of them is run, whatever the others say. */
async function check() {
  const tools = {
    eslint: ['eslint/bin/eslint.js', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.'],
    prettier: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    tsc: ['typescript/bin/tsc', '--noEmit'],
    'vue-tsc': ['vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'web'],
  };
  const [begun, failed] = [Date.now(), []];
  const inTurn = async (...names) => {
    for (const name of names) {
      const [file, ...programArgs] = tools[name];
      if ((await npmProgram(file, programArgs)) !== 0) failed.push(name);
    }
  };
  await Promise.all([inTurn('eslint'), inTurn('prettier', 'tsc', 'vue-tsc')]);
  const verdict = failed.length === 0 ? 'Formatting, lint and types are fine' : `Not fine: ${failed.join(', ')}`;
  console.log(`${verdict} (${((Date.now() - begun) / 1000).toFixed(0)} s).`);
  return failed.length === 0 ? 0 : 1;
}

/**
 * Runs a child to its end and returns its exit code. A terminal's Ctrl-C reaches the child by itself, since it is in
 * the same process group; every other signal is passed on.
 */
function child(command, commandArgs) {
  return new Promise((resolve) => {
    const running = spawn(command, commandArgs, { stdio: 'inherit' });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) running.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    const end = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    running.once('error', (error) => {
      console.error(`${command} could not be run: ${error.message}`);
      end(127);
    });
    running.once('exit', (code, signal) => end(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** In this process: no child stands between the terminal and a program that must end cleanly. */
async function runProgram(script) {
  const [chosen, ...rest] = args;
  const named = script.choose && chosen !== undefined && !chosen.startsWith('-');
  const source = script.program ?? script.choose?.(named ? chosen : undefined);
  const file = source ?? bundleOf(script.bundled);
  if (!existsSync(file)) return fail(`There is no program ${file}.`);
  process.argv = [process.argv[0], join(root, file), ...(named ? rest : args)];
  if (source !== undefined) {
    const { register } = await import('tsx/esm/api');
    register();
  } else process.setSourceMapsEnabled(true);
  await import(new URL(`../${file}`, import.meta.url).href);
}
