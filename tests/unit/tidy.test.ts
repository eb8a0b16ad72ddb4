/** The style that a machine can check. Limits are literals; a place that needs more is better written otherwise. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root, sources, walk, type SourceFile } from './sources.ts';

const isTest = ({ path }: SourceFile): boolean => /\/test\/|^tests\//.test(path);
const code = sources.filter((source) => !isTest(source));
const inPackages = code.filter(({ path }) => /^(libs|services)\//.test(path));

interface Measured {
  lines: number;
  place: string;
}

/** Every function with a body, longest first. */
const functions = code.flatMap(measureFunctions).sort((left, right) => right.lines - left.lines);

function measureFunctions({ path, tree }: SourceFile): Measured[] {
  const found: Measured[] = [];
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line;
  walk(tree, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
    const first = lineOf(node.getStart(tree));
    found.push({ lines: lineOf(node.end) - first + 1, place: `${path}:${first + 1}` });
  });
  return found;
}

describe('functions', () => {
  it('fit a screen: at most 45 lines, but the story that an example tells', () => {
    expect(functions.filter(({ lines, place }) => lines > 45 && !place.startsWith('examples/'))).toEqual([]);
  });

  it('are short: 10 lines at the median, 25 at the 95th percentile', () => {
    expect(functions.length).toBeGreaterThan(500);
    expect(functions[Math.floor(functions.length / 2)]?.lines).toBeLessThanOrEqual(10);
    expect(functions[Math.floor(functions.length / 20)]?.lines).toBeLessThanOrEqual(25);
  });
});

describe('files', () => {
  it('have at most 350 lines, 120 at the median', () => {
    const lengths = code.map(({ path, text }) => ({ path, lines: text.split('\n').length }));
    expect(lengths.filter(({ lines }) => lines > 350)).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((left, right) => left - right);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(120);
  });

  it('are named by nouns in kebab-case, and not by what could be anything', () => {
    const names = sources.map(({ path }) => ({ path, name: path.split('/').at(-1) ?? '' }));
    const banned = /^(utils?|helpers?|common|manager|misc)\b/;
    expect(names.filter(({ name }) => banned.test(name) || !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  it('open by saying what they are', () => {
    const silent = sources.filter(({ text }) => !/^(#!.*\n)?(\/\*|\/\/)/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('re-export only as the face of a library', () => {
    const barrels = sources.filter(
      ({ path, text }) => /^export \* from/m.test(text) && !/^libs\/[^/]+\/src\/index\.ts$/.test(path),
    );
    expect(barrels.map(({ path }) => path)).toEqual([]);
  });
});

describe('lines', () => {
  it('of code have at most 120 characters, where no text stands that a formatter cannot break', () => {
    const long = sources.flatMap((source) => {
      const texts = linesWithText(source);
      return linesOf([source]).filter(({ line }, index) => line.length > 120 && !isComment(line) && !texts.has(index));
    });
    expect(long).toEqual([]);
  });

  it('of comments have at most 130 characters', () => {
    expect(linesOf(sources).filter(({ line }) => line.length > 130 && isComment(line))).toEqual([]);
  });

  it('leave nothing to do', () => {
    const words = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
    expect(linesOf(sources).filter(({ line }) => words.test(line))).toEqual([]);
  });

  it('of tests skip nothing and single nothing out', () => {
    const marks = /\b(it|describe|test)\.(skip|only|todo)\b/;
    expect(linesOf(sources.filter(isTest)).filter(({ line }) => marks.test(line))).toEqual([]);
  });

  it('escape no type and no check without saying why', () => {
    const marks = /@ts-(ignore|expect-error|nocheck)|eslint-disable(?!-next-line \S+ -- )|\bas any\b|: any\b/;
    const own = ({ path }: SourceFile) => path !== 'tests/unit/tidy.test.ts';
    expect(linesOf(sources.filter(own)).filter(({ line }) => marks.test(line))).toEqual([]);
  });
});

function linesOf(files: SourceFile[]): { place: string; line: string }[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').map((line, index) => ({ place: `${path}:${index + 1}`, line })),
  );
}

/** The lines, from 0, that a string, a template or a regular expression touches. */
function linesWithText({ tree }: SourceFile): Set<number> {
  const lines = new Set<number>();
  walk(tree, (node) => {
    if (!ts.isStringLiteral(node) && !ts.isTemplateLiteral(node) && !ts.isRegularExpressionLiteral(node)) return;
    const [first, last] = [node.getStart(tree), node.end].map((at) => tree.getLineAndCharacterOfPosition(at).line);
    for (let line = first ?? 0; line <= (last ?? -1); line++) lines.add(line);
  });
  return lines;
}

function isComment(line: string): boolean {
  return /^\s*(\/\*|\*|\/\/)/.test(line);
}

describe('consoles', () => {
  it('stay in programs: libraries and services have loggers; the SDK prints for its caller', () => {
    const users = inPackages.filter(({ tree }) => usesConsole(tree)).map(({ path }) => path);
    expect(users).toEqual(['libs/sdk/src/block-chain.ts']);
  });
});

function usesConsole(tree: ts.SourceFile): boolean {
  let found = false;
  walk(tree, (node) => {
    if (ts.isPropertyAccessExpression(node) && node.expression.getText(tree) === 'console') found = true;
  });
  return found;
}

describe('services', () => {
  const EVERY_SERVICE = ['README.md', 'package.json', 'src/app.ts', 'src/config.ts', 'src/main.ts'];
  const WITH_LOG = [
    'prisma/schema.prisma',
    'prisma/migrations',
    'src/api.ts',
    'src/domain/decide.ts',
    'src/domain/state.ts',
    'src/projection.ts',
    'src/store.ts',
    'test',
  ];
  const SOMETIMES = [
    'src/domain/commands.ts',
    'src/chain-events.ts',
    'src/domain/policy.ts',
    'src/queries.ts',
    'src/subscriptions.ts',
  ];
  /** What only one of them is about. */
  const PARTICULAR: Record<string, string[]> = {
    chainstate: [
      'src/chain.ts',
      'src/exploring.ts',
      'src/mentions.ts',
      'src/domain/recording.ts',
      'src/domain/reorganize.ts',
      'src/domain/submit.ts',
      'src/known-network.ts',
      'src/unnoted-blocks.ts',
      'src/waiting.ts',
    ],
    miner: [
      ...['exact-choice', 'hash-rate', 'mode', 'slices', 'superseding', 'template-view'].map(
        (name) => `src/domain/${name}.ts`,
      ),
      ...['admin', 'automatic', 'metrics', 'overview', 'progress-board'].map((name) => `src/${name}.ts`),
      ...['changes', 'mining', 'searching', 'templates', 'watching'].map((name) => `src/${name}.ts`),
      ...['jobs', 'redis', 'search-words', 'slice-search', 'worker-reports'].map((name) => `src/${name}.ts`),
      ...['search-task', 'search-thread', 'search-threads', 'searcher'].map((name) => `src/${name}.ts`),
      ...['worker-main', 'worker'].map((name) => `src/${name}.ts`),
    ],
    'tx-pool': [
      ...['eviction', 'following', 'heap', 'pool', 'recording', 'selection', 'submission'].map(
        (name) => `src/domain/${name}.ts`,
      ),
      'src/submissions.ts',
      'src/sweeping.ts',
    ],
    wallet: ['src/key-vault.ts', 'src/memory.ts', 'src/new-wallets.ts', 'src/payment-changes.ts', 'src/payments.ts'],
  };
  const services = readdirSync(join(root, 'services'));

  it('are these five', () => {
    expect(services.sort()).toEqual(['chainstate', 'gateway', 'miner', 'tx-pool', 'wallet']);
  });

  it.each(services)('%s has the files that every service has', (service) => {
    const wanted = service === 'gateway' ? EVERY_SERVICE : [...EVERY_SERVICE, ...WITH_LOG];
    expect(wanted.filter((file) => !existsSync(join(root, 'services', service, file)))).toEqual([]);
  });

  it.each(Object.keys(PARTICULAR))('%s has no other files than are named here', (service) => {
    const allowed = new Set([...EVERY_SERVICE, ...WITH_LOG, ...SOMETIMES, ...(PARTICULAR[service] ?? [])]);
    const prefix = `services/${service}/`;
    const found = inPackages.map(({ path }) => path).filter((path) => path.startsWith(prefix));
    expect(found.map((path) => path.slice(prefix.length)).filter((file) => !allowed.has(file))).toEqual([]);
  });

  it.each(services)('%s starts in a main.ts of at most 20 lines', (service) => {
    const main = sources.find(({ path }) => path === `services/${service}/src/main.ts`);
    expect(main?.text.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
  });
});

describe('libraries', () => {
  it('have one public face and a page', () => {
    const libraries = readdirSync(join(root, 'libs'));
    const lacking = libraries.filter(
      (name) => !['src/index.ts', 'README.md'].every((file) => existsSync(join(root, 'libs', name, file))),
    );
    expect(lacking).toEqual([]);
  });
});
