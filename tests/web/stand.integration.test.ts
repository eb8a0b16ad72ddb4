/** The frame of the stand in a real Chromium: it loads, leads to every page, speaks two languages, and hears events. */
import { startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

const PAGES = ['/', '/system', '/wallets', '/blocks', '/chainstate', '/pool', '/branches'];
const TITLES = {
  'en-GB': ['Home', 'System info', 'Wallets', 'Blocks', 'Chainstate', 'TX pool', 'Branches'],
  'de-DE': ['Start', 'Systeminfo', 'Wallets', 'Blöcke', 'Chainstate', 'TX-Pool', 'Zweige'],
};

describe('the stand', () => {
  it.each(Object.entries(TITLES))('shows every page by its own address in %s', async (locale, titles) => {
    const { page, faults } = await openPage(browser, stack.url, { locale });
    for (const [index, path] of PAGES.entries()) {
      await page.goto(path);
      await page.getByTestId('connection').and(page.locator('[data-state=connected]')).waitFor();
      expect(await page.title()).toBe(`${titles[index] ?? ''} · Pocket-Blockchain`);
    }
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
