/** What the tests of the stand look for in a page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { atRest } from '@pocket/testkit/stand';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { WatchedPage } from './browser.ts';

export const ENGLISH = { locale: 'en-GB' };

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Finding {
  id: string;
  impact: string | null;
  nodes: { html: string }[];
}

/** What axe finds in the page at rest that keeps somebody out, with the first place of each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await atRest(page);
  if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Finding[] }>("axe.run({ resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${page.url()}: ${id}: ${nodes[0]?.html ?? ''}`);
}

/** The rows of the page's list, or of its lists. */
export const rowsOf = (page: Page): Locator => page.getByRole('main').getByRole('listitem');
export const heading = (page: Page, name: string): Locator => page.getByRole('heading', { level: 1, name });
/** Until the page hears the events. */
export const connected = (page: Page): Promise<void> => stateOf(page, 'connected').waitFor();
export const stateOf = (page: Page, state: string): Locator =>
  page.getByTestId('connection').and(page.locator(`[data-state=${state}]`));
/** A notification in the corner, by its text. */
export const notification = (page: Page, text: string): Locator => page.locator('.el-notification', { hasText: text });

/** Holds such questions of the page back. Returns how to let them go, and all that come after. */
export async function holdBack(page: Page, url: string): Promise<() => void> {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(url, (route) => held.then(() => route.continue()));
  return letGo;
}

/** The end of a page in which nothing may have gone wrong. */
export async function close({ page, faults }: WatchedPage): Promise<void> {
  expect(faults).toEqual([]);
  await page.context().close();
}
