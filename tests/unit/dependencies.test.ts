/** Who may import whom: the arrows between libraries and services, the purity of domains, and no knot anywhere. */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageOf, resolveRelative, root, sources, walk, type SourceFile } from './sources.ts';

/** What the source of each library may import of the others: `crypto ← chain ← contracts`, the rest knows no chain rule. */
const LIBRARY_ARROWS: Record<string, string[]> = {
  archive: ['contracts', 'eventstore'],
  chain: ['crypto'],
  'coin-table': ['chain', 'crypto', 'eventstore'],
  contracts: ['chain', 'crypto'],
  crypto: [],
  eventstore: [],
  pow: ['crypto'],
  sdk: [],
  'service-kit': ['contracts', 'eventstore'],
  stack: [],
  testkit: ['chain', 'contracts', 'crypto', 'eventstore', 'pow', 'service-kit', 'stack'],
};
const SERVICE_LIBRARIES = ['chain', 'coin-table', 'contracts', 'crypto', 'eventstore', 'pow', 'service-kit'];
const DOMAIN_LIBRARIES = ['@pocket/chain', '@pocket/contracts', '@pocket/crypto'];
const TIME_CHANCE_SURROUNDINGS = new Set([
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'Buffer',
  'globalThis',
]);

interface Manifest {
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifests = new Map<string, Manifest>();
const manifestOf = (folder: string): Manifest => {
  const known =
    manifests.get(folder) ?? (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest);
  manifests.set(folder, known);
  return known;
};

const isTest = ({ path }: SourceFile): boolean => /\/test\/|^tests\//.test(path);
const inSource = ({ path }: SourceFile): boolean => /^(libs|services)\/[^/]+\/src\//.test(path);
const isDomain = ({ path }: SourceFile): boolean => /^services\/[^/]+\/src\/domain\//.test(path);
const pocketName = (name: string): string | undefined => /^@pocket\/([^/]+)/.exec(name)?.[1];
const packageName = (name: string): string => /^(@[^/]+\/[^/]+|[^/]+)/.exec(name)?.[0] ?? name;
const isBuiltin = (name: string): boolean => name.startsWith('node:') || builtinModules.includes(name);

/** Every import that breaks a rule, as `path:line imports name`. */
function offences(
  which: (source: SourceFile) => boolean,
  forbids: (source: SourceFile, name: string, typeOnly: boolean) => boolean,
): string[] {
  return sources
    .filter(which)
    .flatMap((source) =>
      source.imports
        .filter(({ name, typeOnly }) => forbids(source, name, typeOnly))
        .map(({ name, line }) => `${source.path}:${line} imports ${name}`),
    );
}

describe('imports', () => {
  it('between libraries follow the arrows', () => {
    const breaks = ({ path }: SourceFile, name: string) => {
      const imported = pocketName(name);
      const own = packageOf(path).replace('libs/', '');
      return imported !== undefined && imported !== own && !LIBRARY_ARROWS[own]?.includes(imported);
    };
    expect(offences((source) => inSource(source) && source.path.startsWith('libs/'), breaks)).toEqual([]);
  });

  it('of services lead to libraries, never to each other', () => {
    const breaks = (_: SourceFile, name: string) => {
      const imported = pocketName(name);
      return imported !== undefined && !SERVICE_LIBRARIES.includes(imported);
    };
    expect(offences((source) => inSource(source) && source.path.startsWith('services/'), breaks)).toEqual([]);
  });

  it('that are relative stay inside their package', () => {
    const breaks = ({ path }: SourceFile, name: string) => {
      const target = resolveRelative(path, name);
      return target !== undefined && packageOf(target) !== packageOf(path);
    };
    expect(offences(inSource, breaks)).toEqual([]);
  });

  it('of the testkit and of scenarios stand in tests, in what breaks the system, and in what drives a browser or containers', () => {
    const breaks = ({ path }: SourceFile, name: string) =>
      (pocketName(name) === 'testkit' &&
        !['libs/testkit', 'chaos', 'simulation'].includes(packageOf(path)) &&
        !['bench/containers.ts', 'bench/stand.ts', 'scripts/screenshots.ts'].includes(path)) ||
      name === '@pocket/eventstore/scenario';
    expect(offences((source) => !isTest(source), breaks)).toEqual([]);
  });

  it('of @noble stand in libs/crypto only; a bench may measure it', () => {
    const breaks = ({ path }: SourceFile, name: string) =>
      name.startsWith('@noble/') && packageOf(path) !== 'libs/crypto';
    expect(offences((source) => packageOf(source.path) !== 'bench', breaks)).toEqual([]);
  });

  it('of generated clients stand in store.ts only, and where a bench opens a log', () => {
    const breaks = ({ path }: SourceFile, name: string) =>
      name.includes('/generated/') && !/^services\/[^/]+\/src\/store\.ts$|^bench\/log\/own-log\.ts$/.test(path);
    expect(offences((source) => !isTest(source), breaks)).toEqual([]);
  });

  it('are listed by the package that makes them; tests may use what is there for all', () => {
    const breaks = (source: SourceFile, name: string) => {
      const { dependencies, devDependencies } = manifestOf(packageOf(source.path));
      const forTests = { ...devDependencies, ...manifestOf('.').devDependencies };
      const known = isTest(source) || packageOf(source.path) === 'libs/testkit' ? forTests : {};
      const own = `@pocket/${packageOf(source.path).split('/')[1] ?? ''}`;
      const isForeign = !name.startsWith('.') && !isBuiltin(name) && packageName(name) !== own;
      return isForeign && !(packageName(name) in { ...dependencies, ...known });
    };
    expect(
      offences((source) => inSource(source) || /^(libs|services)\/[^/]+\/test\//.test(source.path), breaks),
    ).toEqual([]);
  });

  it('say where a file is, with its extension', () => {
    const breaks = (_: SourceFile, name: string) => name.startsWith('.') && !/\.(ts|mjs|js|json|vue|css)$/.test(name);
    expect(offences(() => true, breaks)).toEqual([]);
  });

  it('make no cycle in the whole repository', () => {
    expect(entryOf('@pocket/crypto/native')).toBe('libs/crypto/src/native.ts');
    expect(sources.flatMap(targetsOf).length).toBeGreaterThan(500);
    expect(findCycle()).toBeUndefined();
  });
});

/** The files of a cycle, in order; undefined where there is none. Imports of types count: they are knots to a reader. */
function findCycle(): string[] | undefined {
  const graph = new Map(sources.map((source) => [source.path, targetsOf(source)]));
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const target of graph.get(path) ?? []) {
      const cycle = visit(target, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function targetsOf({ path, imports }: SourceFile): string[] {
  return imports.flatMap(({ name }) => resolveRelative(path, name) ?? entryOf(name) ?? []);
}

/** The file behind `@pocket/chain` or `@pocket/crypto/native`. */
function entryOf(name: string): string | undefined {
  const library = pocketName(name);
  if (library === undefined) return undefined;
  const entry = manifestOf(`libs/${library}`).exports?.[name.replace(`@pocket/${library}`, '.')];
  return entry === undefined ? undefined : join('libs', library, entry);
}

describe('a domain', () => {
  it('imports the protocol, the contracts, itself, and types of the event store', () => {
    const breaks = ({ path }: SourceFile, name: string, typeOnly: boolean) => {
      const target = resolveRelative(path, name);
      if (target !== undefined) return !/\/src\/domain\//.test(target);
      return !DOMAIN_LIBRARIES.includes(name) && !(name === '@pocket/eventstore' && typeOnly);
    };
    expect(sources.filter(isDomain).length).toBeGreaterThanOrEqual(10);
    expect(offences(isDomain, breaks)).toEqual([]);
  });

  it('knows no time, no chance and no surroundings', () => {
    expect(sources.filter(isDomain).flatMap(impurities)).toEqual([]);
  });
});

/** Uses of the clock, of chance and of what is around the program. */
function impurities({ path, tree }: SourceFile): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    const text = node.getText(tree);
    const isGlobal =
      ts.isIdentifier(node) && TIME_CHANCE_SURROUNDINGS.has(node.text) && !ts.isPropertyAssignment(node.parent);
    const isCall = ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random|crypto\.)/.test(text);
    const isDate = ts.isNewExpression(node) && node.expression.getText(tree) === 'Date';
    if (isGlobal || isCall || isDate) found.push(`${path} uses ${text}`);
  });
  return found;
}

describe('the environment', () => {
  it('of a service is read by its programs only, through config.ts', () => {
    const readers = sources
      .filter(
        (source) => inSource(source) && source.path.startsWith('services/') && source.text.includes('process.env'),
      )
      .map(({ path }) => path.split('/').at(-1));
    expect([...new Set(readers)].sort()).toEqual(['main.ts', 'worker-main.ts']);
  });
});
