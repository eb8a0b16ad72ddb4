/**
 * The stand in a real Chromium on the real system: what the original's could do, live, in two windows at once. Whatever goes
 * wrong in a page, an error on its console, a failed request, fails the test.
 */
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';
import { close, connected, ENGLISH, heading, holdBack, notification, rowsOf } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

describe('the frame', () => {
  const PAGES = ['/', '/system', '/wallets', '/blocks', '/chainstate', '/pool'];
  const ADDED = ['/branches', '/events', '/mining', '/lab', '/hand-in'];
  const TITLES = {
    'en-GB': [
      ...['Home', 'System info', 'Wallets', 'Blocks', 'Chainstate', 'TX pool'],
      ...['Branches', 'Event log', 'Mining', 'Tamper lab', 'Hand in'],
    ],
    'de-DE': [
      ...['Start', 'Systeminfo', 'Wallets', 'Blöcke', 'Chainstate', 'TX-Pool'],
      ...['Zweige', 'Ereignislog', 'Mining', 'Fälscherlabor', 'Einreichen'],
    ],
  };

  it.each(Object.entries(TITLES))('shows every page of an empty chain by its address in %s', async (locale, titles) => {
    const watched = await openPage(browser, stack.url, { locale });
    const { page } = watched;
    for (const [index, path] of [...PAGES, ...ADDED].entries()) {
      await page.goto(path);
      await connected(page);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.title()).toBe(`${titles[index] ?? ''} · Pocket-Blockchain`);
      await watched.screenshot(`empty-${locale.slice(0, 2)}-${path.slice(1) || 'home'}`);
    }
    await close(watched);
  });

  it('has the original’s menu with what was added behind it, and a page for what is not there', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/no/such/page');
    await heading(page, 'There is no such page').waitFor();
    await watched.screenshot('not-found');
    const menu = page.getByRole('navigation', { name: 'Menu' });
    expect(await menu.getByRole('link').allInnerTexts()).toEqual(TITLES['en-GB']);
    await menu.getByRole('link', { name: 'TX pool' }).click();
    await heading(page, 'TX pool').waitFor();
    await close(watched);
  });

  it('changes its language and its colours, and keeps them', async () => {
    const watched = await openPage(browser, stack.url, { ...ENGLISH, colorScheme: 'light' });
    const { page } = watched;
    await page.goto('/blocks');
    await page.getByLabel('Language').selectOption('de');
    await heading(page, 'Blöcke').waitFor();
    await page.getByRole('button', { name: 'Dunkle Farben' }).click();
    await page.reload();
    await heading(page, 'Blöcke').waitFor();
    expect(await page.locator('html').getAttribute('class')).toContain('dark');
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await close(watched);
  });
});

describe('the wallets', () => {
  it('are created, shown with their keys, mined for, paid from, and followed in another window', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const other = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await Promise.all([page.goto('/wallets'), other.page.goto('/wallets')]);
    await Promise.all([connected(page), connected(other.page)]);
    await page.getByText('There is no wallet yet').waitFor();
    await createWallets(page, other.page);
    await seeKeys(page);
    await mine(page, other.page);
    await pay(page, other.page);
    await watched.screenshot('wallets');
    await close(watched);
    await close(other);
  });

  it.each(['/blocks', '/pool'])('are mined for from %s too', async (path) => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const [first] = await api.getWallets();
    const { length } = await api.getBlocks();
    await page.goto(path);
    await connected(page);
    await page.getByRole('button', { name: 'Mine a block' }).click();
    const dialog = page.getByRole('dialog', { name: 'Mine a block' });
    await expect.poll(() => dialog.getByLabel('Who gets the reward').inputValue()).toBe(first?.address);
    await dialog.getByLabel('At most so many transactions').fill('3');
    await dialog.getByRole('button', { name: 'Mine' }).click();
    await notification(page, 'Block is mined').waitFor();
    expect((await api.getBlocks()).length).toBe(length + 1);
    expect((await api.getWallets())[0]?.balance).toBeGreaterThan(first?.balance ?? Infinity);
    await close(watched);
  });

  it('are mined for when they are known: until then the dialog says what it lacks', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const answer = await holdBack(page, '**/v1/wallets');
    const { length } = await api.getBlocks();
    await page.goto('/pool');
    await page.getByRole('button', { name: 'Mine a block' }).click();
    const dialog = page.getByRole('dialog', { name: 'Mine a block' });
    await dialog.getByRole('button', { name: 'Mine' }).click();
    await dialog.getByRole('alert').getByText('Name the address that gets the reward.').waitFor();
    answer();
    const payee = dialog.getByLabel('Who gets the reward');
    const [first] = await api.getWallets();
    await expect.poll(() => payee.inputValue()).toBe(first?.address);
    expect(await api.getBlocks()).toHaveLength(length);
    await dialog.getByRole('button', { name: 'Mine' }).click();
    await notification(page, 'Block is mined').waitFor();
    expect(await api.getBlocks()).toHaveLength(length + 1);
    await close(watched);
  });

  async function createWallets(page: Page, other: Page): Promise<void> {
    for (const count of [1, 2]) {
      await page.getByRole('button', { name: 'New wallet' }).click();
      await rowsOf(other)
        .nth(count - 1)
        .waitFor();
      expect(await rowsOf(other).count()).toBe(count);
    }
    await notification(page, 'Wallet created').first().waitFor();
  }

  async function seeKeys(page: Page): Promise<void> {
    const { address, wallet } = (await api.getWallets())[0] ?? { address: '', wallet: { publicKey: '' } };
    const row = rowsOf(page).filter({ hasText: address });
    await row.getByRole('button', { name: 'Details' }).click();
    const key = await row.getByTestId('private-key').locator('.text').innerText();
    expect(key).toMatch(/^\d{70,78}$/);
    expect(await row.locator('pre').innerText()).toContain(wallet.publicKey.trim());
    await row.getByRole('button', { name: 'Copy Address' }).click();
    await notification(page, 'Address copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(address);
    await row.getByRole('button', { name: 'Details' }).click();
  }

  async function mine(page: Page, other: Page): Promise<void> {
    await rowsOf(page).first().getByRole('button', { name: 'Mine' }).click();
    const dialog = page.getByRole('dialog', { name: 'Mine a block' });
    await dialog.getByLabel('At most so many transactions').fill('3');
    await dialog.getByRole('button', { name: 'Mine' }).click();
    await notification(page, 'Block is mined').waitFor();
    await rowsOf(other).first().getByTestId('balance').filter({ hasText: '10' }).waitFor();
  }

  async function pay(page: Page, other: Page): Promise<void> {
    const [, second] = await api.getWallets();
    await rowsOf(page).first().getByRole('button', { name: 'Send' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send units' });
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Name the address that is paid.').waitFor();
    await dialog.getByLabel('To').fill(second?.address ?? '');
    await dialog.getByLabel('Whole units').fill('3');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await notification(page, 'Transaction is added to pool').waitFor();
    await rowsOf(other).first().getByText('locked').waitFor();
  }
});
