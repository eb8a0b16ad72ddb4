/**
 * The stand's manners in a real Chromium: no serious finding of axe on any page, in light and dark, on a desktop and on a
 * phone; a long chain in a bounded page; and what the gateway says along with the files.
 */
import type { GeneratedBlocks } from '@pocket/contracts';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { atRest, STAND_WINDOWS, standPages } from '@pocket/testkit/stand';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, ENGLISH, heading, rowsOf, seriousFindings } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let node: NodeClient;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

describe('every page', () => {
  it.each(Object.entries(STAND_WINDOWS))(
    'can be used by everybody, %s',
    async (way, options) => {
      const locale = way === 'light-desktop' || way === 'dark-phone' ? 'en-GB' : 'de-DE';
      const watched = await openPage(browser, stack.url, { ...options, locale });
      const { page } = watched;
      const findings: string[] = [];
      for (const { name, path, open } of await standPages(stack.url)) {
        await open(page);
        findings.push(...(await seriousFindings(page)));
        const [shown, inner] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, innerWidth]',
        );
        expect(shown, `${path} is broader than its window`).toBeLessThanOrEqual(inner);
        await watched.screenshot(`${way}-${name}`);
      }
      expect(findings).toEqual([]);
      await close(watched);
    },
    180_000,
  );

  it('of a dialog and of the menu on a phone too', async () => {
    const watched = await openPage(browser, stack.url, { ...STAND_WINDOWS['light-phone'], ...ENGLISH });
    const { page } = watched;
    await page.goto('/wallets');
    await atRest(page);
    await rowsOf(page).first().getByRole('button', { name: 'Send' }).click();
    await page.getByRole('dialog', { name: 'Send units' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Open the menu' }).click();
    const menu = page.getByRole('dialog', { name: 'Menu' });
    await menu.getByRole('link', { name: 'Blocks' }).waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await menu.getByRole('link', { name: 'Blocks' }).click();
    await heading(page, 'Blocks').waitFor();
    await close(watched);
  });
});

describe('a long chain', () => {
  it('is scrolled from end to end in a page of a few rows', async () => {
    const [wallet] = await api.getWallets();
    const order = { address: wallet?.address ?? '', count: 150 };
    const { status, body } = await node.send<GeneratedBlocks>('POST', '/v1/blocks/generate', order);
    expect(status).toBe(201);
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/blocks');
    await rowsOf(page)
      .getByRole('link', { name: String(body.height), exact: true })
      .waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(60);
    await page.keyboard.press('End');
    await rowsOf(page).getByRole('link', { name: '0', exact: true }).waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(60);
    await watched.screenshot('long-chain');
    await close(watched);
  }, 180_000);
});

describe('an answer', () => {
  it('that takes long is waited for with a word, and the page is there meanwhile', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/v1/wallets*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('/wallets');
    await page.getByRole('main').getByRole('status').getByText('Loading').waitFor();
    await page.getByRole('button', { name: 'New wallet' }).waitFor();
    await watched.screenshot('slow');
    answer();
    await rowsOf(page).first().waitFor();
    await page.getByText('Loading').waitFor({ state: 'detached' });
    await close(watched);
  });

  it('that is an error is told with its reason, and asked for again, by hand and by itself', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    // The slider under the page asks for the feed, which has the wallet's log too.
    await watched.faultsDuring(/\b503\b.*\/v1\/(wallets|events)/, async () => {
      await stack.process('wallet').stop();
      await page.goto('/wallets');
      const problem = page.getByTestId('problem');
      await problem.getByText('service-unavailable').waitFor();
      await watched.screenshot('server-error');
      const asked = page.waitForRequest('**/v1/wallets');
      await problem.getByRole('button', { name: 'Try again' }).click();
      await asked;
      await stack.process('wallet').start();
      await rowsOf(page).first().waitFor();
      await problem.waitFor({ state: 'detached' });
      await atRest(page);
    });
    await close(watched);
  });
});

describe('the gateway', () => {
  const ask = (path: string, accept: string, encoding = 'identity') =>
    fetch(stack.url + path, { headers: { accept, 'accept-encoding': encoding } });

  it('serves the document for every page, with a policy, and never from a cache unasked', async () => {
    for (const path of ['/', '/wallets', '/block/ab', '/nowhere']) {
      const { status, headers } = await ask(path, 'text/html');
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval';");
      expect(headers.get('cache-control')).toBe('no-cache');
    }
  });

  it('serves files by their content for ever, compressed', async () => {
    const document = await (await ask('/', 'text/html')).text();
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(document) ?? [];
    const { status, headers } = await ask(script, '*/*', 'br');
    expect([status, headers.get('content-encoding')]).toEqual([200, 'br']);
    expect(headers.get('content-type')).toContain('javascript');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('keeps what is no page for itself', async () => {
    expect((await ask('/v1/nothing', 'text/html')).headers.get('content-type')).toContain('application/problem+json');
    expect(await (await ask('/api/nothing', 'text/html')).json()).toMatchObject({ data: null });
    expect((await ask('/assets/nothing.js', 'text/html')).status).toBe(404);
    expect((await ask('/wallets', 'application/json')).status).toBe(404);
    expect((await fetch(`${stack.url}/wallets`, { method: 'POST' })).status).toBe(404);
  });
});
