/** The languages say the same, and every word that a page asks for is there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' });

function textsOf(value: unknown, path: string[] = []): [string, string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  return Object.entries(value as object).flatMap(([name, child]) => textsOf(child, [...path, name]));
}

function language(name: string): Map<string, string> {
  const own = files.filter((file) => file.endsWith(`messages.${name}.json`));
  return new Map(own.flatMap((file) => textsOf(JSON.parse(readFileSync(join(source, file), 'utf8')) as unknown)));
}

const [english, german] = [language('en'), language('de')];
/** What is filled in, and how many forms there are. */
const shape = (text: string): string =>
  `${[...text.matchAll(/\{\w+\}/g)].map(String).sort().join()} ${text.split('|').length}`;
const formOf = (text: string): string => [...new Set(shape(text).split(','))].join();

describe('the languages', () => {
  it('have the same keys', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
    expect(english.size).toBeGreaterThan(100);
  });

  it('fill in the same, in as many forms', () => {
    const different = [...english].filter(([key, text]) => formOf(text) !== formOf(german.get(key) ?? ''));
    expect(different).toEqual([]);
  });

  it('know every word that a page names', () => {
    const unknown = files
      .filter((file) => /\.(vue|ts)$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(source, file), 'utf8');
        const named = [...text.matchAll(/\bt\('([\w.-]+)'|title: '([\w]+(?:\.[\w]+)+)'/g)];
        return named.map((match) => match[1] ?? match[2] ?? '').filter((key) => !english.has(key));
      });
    expect(unknown).toEqual([]);
  });
});
