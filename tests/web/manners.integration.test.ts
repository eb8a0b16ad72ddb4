/**
 * The stand's manners in a real Chromium: no serious finding of axe on any page, in light and dark, on a desktop and on a
 * phone; a long chain in a bounded page; and what the gateway says along with the files.
 */
import type { GeneratedBlocks } from '@pocket/contracts';
import { eventually, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { atRest, fillStand, STAND_WINDOWS, standPages, type StandPage } from '@pocket/testkit/stand';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, ENGLISH, heading, holdBack, rowsOf, seriousFindings } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let node: NodeClient;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  await fillStand(stack.url);
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

/** That each page can be loaded by its address is looked at elsewhere. A moment or a question would stay in the address. */
async function visit(page: Page, { path, open, turnTo }: StandPage): Promise<void> {
  await (page.url().startsWith(stack.url) && !(page.url() + path).includes('?') ? turnTo(page) : open(page));
}

describe('every page', () => {
  it.each(Object.entries(STAND_WINDOWS))(
    'can be used by everybody, %s',
    async (way, options) => {
      const locale = way === 'light-desktop' || way === 'dark-phone' ? 'en-GB' : 'de-DE';
      const watched = await openPage(browser, stack.url, { ...options, locale });
      const { page } = watched;
      const findings: string[] = [];
      for (const standPage of await standPages(stack.url)) {
        const { name, path } = standPage;
        await visit(page, standPage);
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

describe('the keyboard', () => {
  /** What has the focus, by its name, and whether the eye can see it: an outline, or a shadow or border of its field. */
  const FOCUSED = `(async () => {
    const at = document.activeElement;
    const looks = async () => {
      for (const _ of [1, 2]) await new Promise((resolve) => requestAnimationFrame(resolve));
      const shown = [at, at.parentElement].map((each) => getComputedStyle(each));
      return shown.map((style) => [style.outline, style.boxShadow, style.borderColor].join()).join();
    };
    const focused = await looks();
    at.blur();
    const seen = focused !== (await looks());
    at.focus();
    return { name: at.getAttribute('aria-label') ?? at.textContent.trim(), seen };
  })()`;

  it('leads through the page in order, and shows where it is', async () => {
    const watched = await openPage(browser, stack.url, { ...STAND_WINDOWS['light-desktop'], ...ENGLISH });
    const { page } = watched;
    await page.goto('/wallets');
    await atRest(page);
    const stops: { name: string; seen: boolean }[] = [];
    for (let stop = 0; stop < 20; stop++) {
      await page.keyboard.press('Tab');
      stops.push(await page.evaluate<{ name: string; seen: boolean }>(FOCUSED));
    }
    expect(stops.filter(({ seen }) => !seen)).toEqual([]);
    const names = stops.map(({ name }) => name);
    const inOrder = ['Skip to the page', 'Pocket-Blockchain', 'Language', 'Home', 'TX pool', 'New wallet', 'Details'];
    const places = inOrder.map((name) => names.indexOf(name));
    expect(places, names.join(', ')).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    await close(watched);
  });

  it('skips to the page', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/wallets');
    await atRest(page);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('page');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('New wallet');
    await close(watched);
  });

  it('stays in a dialog while it is open, and comes back to where it was', async () => {
    const watched = await openPage(browser, stack.url, { ...STAND_WINDOWS['light-desktop'], ...ENGLISH });
    const { page } = watched;
    await page.goto('/wallets');
    await atRest(page);
    const send = rowsOf(page).first().getByRole('button', { name: 'Send' });
    await send.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Send units' });
    await dialog.waitFor();
    await atRest(page);
    for (let stop = 0; stop < 12; stop++) {
      await page.keyboard.press('Tab');
      expect(await dialog.locator(':focus').count()).toBe(1);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    const focused = `document.activeElement.textContent.trim() + document.activeElement.closest('li')?.ariaPosInSet`;
    await expect.poll(() => page.evaluate(focused)).toBe('Send1');
    await close(watched);
  });

  it('and the ear find the page’s parts by their roles', async () => {
    const watched = await openPage(browser, stack.url, { ...STAND_WINDOWS['light-desktop'], ...ENGLISH });
    const { page } = watched;
    for (const standPage of await standPages(stack.url)) {
      const { path } = standPage;
      await visit(page, standPage);
      const parts = [
        page.getByRole('banner'),
        page.getByRole('search'),
        page.getByRole('navigation', { name: 'Menu' }),
        page.getByRole('main'),
        page.getByRole('region', { name: 'Rewind' }),
        page.getByRole('main').getByRole('heading', { level: 1 }),
      ];
      expect(await Promise.all(parts.map((part) => part.count())), path).toEqual(parts.map(() => 1));
    }
    await close(watched);
  }, 120_000);
});

describe('a long chain', () => {
  const LENGTH = 160;
  const AT_ONCE = 20;
  /** More rows than stand in a window and a little above and below it, whatever the chain's length. */
  const MAX_ROWS = 60;
  const height = async () => (await node.info()).height ?? 0;

  /** A search that the machine has no time for is refused; what was made before it stays. */
  async function grow(): Promise<void> {
    const [wallet] = await api.getWallets();
    const order = { address: wallet?.address ?? '', count: AT_ONCE };
    await eventually(
      async () => {
        while ((await height()) < LENGTH) {
          const { status, body } = await node.send<GeneratedBlocks>('POST', '/v1/blocks/generate', order);
          expect([status, body]).toEqual([201, expect.anything()]);
        }
      },
      { withinMs: 120_000 },
    );
  }

  it('is scrolled from end to end in pages of a few rows', async () => {
    await grow();
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/blocks');
    await atRest(page);
    const block = (at: number) => rowsOf(page).getByRole('link', { name: String(at), exact: true });
    await block(await height()).waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(MAX_ROWS);
    await page.keyboard.press('End');
    await block(0).waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(MAX_ROWS);
    await watched.screenshot('long-chain');
    await close(watched);
  }, 240_000);

  it('has all its coins in one list, of which those in sight are held', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const { unspentOutputs } = await node.info();
    await page.goto('/chainstate');
    await atRest(page);
    const coin = (place: number) => page.getByRole('main').locator(`li[aria-posinset="${place}"] a`).first();
    await coin(1).waitFor();
    await page.keyboard.press('End');
    await coin(unspentOutputs).waitFor();
    expect(await rowsOf(page).count()).toBeLessThan(MAX_ROWS);
    await close(watched);
  });

  it('is drawn by its last blocks, and its events by the last pages', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/branches');
    await atRest(page);
    expect(await page.getByTestId('block-tree').getByRole('link').count()).toBe(41);
    await page.goto('/events');
    await atRest(page);
    for (let pages = 0; pages < 6; pages++) {
      await page.getByRole('button', { name: 'Older events' }).click();
      await atRest(page);
    }
    expect(await page.getByTestId('held').innerText()).toContain('500 events');
    expect(await rowsOf(page).count()).toBeLessThan(MAX_ROWS);
    expect(await page.getByTestId('lanes').locator('circle').count()).toBe(500);
    await close(watched);
  });
});

describe('an answer', () => {
  it('that takes long is waited for with a word, and the page is there meanwhile', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const answer = await holdBack(page, '**/v1/wallets*');
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
