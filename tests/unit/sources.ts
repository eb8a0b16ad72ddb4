/**
 * Every TypeScript source of the repository, parsed once for all the tests that look at the code itself. Generated and
 * built files are nobody's style.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface SourceFile {
  /** From the root, with `/`. */
  path: string;
  text: string;
  tree: ts.SourceFile;
  imports: Import[];
}

export interface Import {
  /** As it is written. */
  name: string;
  /** Erased by the compiler: it makes no knot at run time. */
  typeOnly: boolean;
  line: number;
}

const FOLDERS = ['libs', 'services', 'scripts', 'bench', 'chaos', 'examples', 'simulation', 'tests', 'web'];
const IGNORED = new Set(['node_modules', 'dist', 'generated', 'assembly']);

/** All of them, in alphabetical order. */
export const sources: SourceFile[] = FOLDERS.flatMap(pathsIn).sort().map(readSource);

function pathsIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : pathsIn(path);
    return /(?<!\.d)\.m?ts$/.test(entry.name) ? [path] : [];
  });
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, tree, imports: importsOf(tree) };
}

/** Static and dynamic imports and re-exports with a constant name. */
function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (name: ts.Expression | undefined, typeOnly: boolean) => {
    if (name === undefined || !ts.isStringLiteral(name)) return;
    found.push({ name: name.text, typeOnly, line: tree.getLineAndCharacterOfPosition(name.pos).line + 1 });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
  });
  return found;
}

/** `import type …`, and `import { type A, type B }`. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

/** Visits a node and all below it, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The path a relative import leads to; undefined for a package. */
export function resolveRelative(from: string, name: string): string | undefined {
  return name.startsWith('.') ? normalize(join(dirname(from), name)) : undefined;
}

/** The package a source belongs to, as its folder: `libs/chain`, `services/wallet`; else its first folder. */
export function packageOf(path: string): string {
  return /^(libs|services)\/[^/]+/.exec(path)?.[0] ?? path.split('/')[0] ?? '';
}
