/**
 * Pages of the stand in a real Chromium. Everything that goes wrong in one is written down, so that a test can insist on
 * nothing having gone wrong.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChromium } from '@pocket/testkit/chromium';
import { selectors, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFailed } from 'vitest';

/** Build output: looked at by people, never compared, and only taken where `TEST_SCREENSHOTS` is set. */
const SCREENSHOTS = fileURLToPath(new URL('../../dist/screenshots/', import.meta.url));

export async function launchBrowser(): Promise<Browser> {
  selectors.setTestIdAttribute('data-test');
  return startChromium();
}

/** A page and what has gone wrong in it so far. */
export interface WatchedPage {
  page: Page;
  faults: readonly string[];
  /** What goes wrong meanwhile and matches is no fault, for it is brought about; throws where nothing does. */
  faultsDuring: (pattern: RegExp, action: () => Promise<void>) => Promise<void>;
  screenshot: (name: string) => Promise<void>;
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: url, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const page = await context.newPage();
  const faults: string[] = [];
  const pending = new Set<string>();
  page.on('request', (request) => pending.add(request.url()));
  page.on('requestfinished', (request) => pending.delete(request.url()));
  onTestFailed(() => {
    const said = [`The page ${page.url()} waits for`, ...pending, 'and what has gone wrong in it is', ...faults];
    process.stderr.write(`${said.join('\n  ')}\n`);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => {
    // What the page itself no longer wants, an old question or the stream of a page that was left, is no failure.
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') faults.push(`request: ${request.method()} ${request.url()}: ${why}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`response: ${response.status()} ${response.url()}`);
  });
  const faultsDuring = async (pattern: RegExp, action: () => Promise<void>): Promise<void> => {
    const before = faults.length;
    await action();
    const meanwhile = faults.splice(before);
    const others = meanwhile.filter((fault) => !pattern.test(fault));
    if (others.length === meanwhile.length) throw new Error(`nothing has gone wrong like ${String(pattern)}`);
    faults.push(...others);
  };
  return { page, faults, faultsDuring, screenshot: (name) => takeScreenshot(page, name) };
}

/** What stays in sight while the page is scrolled would hang in the middle of a picture of all of it. */
const LET_GO = `(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('.header, .stand-menu, .rewind { position: static !important; }');
  document.adoptedStyleSheets = [sheet];
})()`;

async function takeScreenshot(page: Page, name: string): Promise<void> {
  if (process.env['TEST_SCREENSHOTS'] === undefined) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.evaluate(LET_GO);
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: 'disabled' });
  await page.evaluate('document.adoptedStyleSheets = []');
}
