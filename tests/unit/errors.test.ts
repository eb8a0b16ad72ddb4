/** docs/errors.md and the code name the same errors, with the same words, both ways. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCatalog, problem } from '@pocket/contracts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const [, ours = '', rules = ''] = read('docs/errors.md').split(/^## /m);

/** The rows of a section's table, cell by cell, without its two head rows. */
function rowsOf(section: string): string[][] {
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

/** The words of a union type of string literals. */
function wordsOf(path: string, type: string): string[] {
  const [, union = ''] = new RegExp(`type ${type} =([^;]*);`).exec(read(path)) ?? [];
  return [...union.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
}

describe('docs/errors.md', () => {
  it('has every error of the catalogue, and no other, in its order', () => {
    const expected = Object.entries(errorCatalog).map(([code, { status, title, remedy }]) => [
      code,
      String(status),
      title,
      remedy,
    ]);
    expect(rowsOf(ours)).toEqual(expected);
  });

  it('has every word of every rule, and no other, in the order of the code', () => {
    const expected = [
      ...wordsOf('libs/chain/src/rejection.ts', 'RejectCode'),
      'wrong-chain',
      ...wordsOf('services/tx-pool/src/domain/policy.ts', 'PolicyCode'),
      'chain-started',
    ];
    expect(rowsOf(rules).map(([code]) => code)).toEqual(expected);
  });

  it('has a meaning in every row', () => {
    for (const row of [...rowsOf(ours), ...rowsOf(rules)]) expect(row.every((cell) => cell !== '')).toBe(true);
  });
});

describe('the catalogue', () => {
  it.each(Object.entries(errorCatalog))('%s says what it means and what to do, in sentences', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.title).toMatch(/^[A-Z].*[^.]$/);
    expect(entry.remedy).toMatch(/^[A-Z].*\.$/);
  });

  it('knows the codes of the wallet, so that each has its status', () => {
    const codes = wordsOf('services/wallet/src/domain/decide.ts', 'RefusalCode');
    expect(codes.length).toBeGreaterThan(3);
    for (const code of codes) expect(Object.keys(errorCatalog)).toContain(code);
  });

  it('makes problems in the shape of RFC 9457, with a more exact word where there is one', () => {
    expect(problem('block-refused', 'too much', 'bad-cb-amount')).toEqual({
      type: 'urn:pocket:error:block-refused',
      title: 'A consensus rule refused the block',
      status: 422,
      code: 'bad-cb-amount',
      detail: 'too much',
      remedy: 'See the rule in the detail.',
    });
  });
});
