/**
 * The way back in time in a real Chromium on the real system: what a page showed at an event, it shows again there, from
 * the slider, from its keys, from play and from a link.
 */
import { eventually, followedLogs, logHeads, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { close, connected, ENGLISH, heading, rowsOf, seriousFindings } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let watched: WatchedPage;
let page: Page;
/** What the pages listed while it was the present, and how many events there were then. */
let then: { rows: Map<string, string[]>; count: number };

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

const bar = (of: Page): Locator => of.getByRole('region', { name: 'Rewind' });
const slider = (of: Page): Locator => bar(of).getByRole('slider', { name: 'The moment that the stand shows' });
const button = (name: string): Locator => bar(page).getByRole('button', { name, exact: true });
const indexOf = (of: Page): Promise<number> => slider(of).inputValue().then(Number);
const placed = (of: Page): Promise<string> => bar(of).getByTestId('rewind-stop').innerText();

/** How many events all logs hold, once nothing is under way that would add one. */
function countOfEvents(): Promise<number> {
  return eventually(
    async () => {
      const heads = await followedLogs(stack);
      expect(await logHeads(stack)).toEqual(heads);
      return Object.values(heads).reduce((sum, position) => sum + position, 0);
    },
    { withinMs: 15_000 },
  );
}

interface Standing {
  index: number;
  total: number;
  /** The event in the address. */
  address: string | null;
}

async function standing(of: Page): Promise<Standing> {
  const total = Number(await slider(of).getAttribute('max'));
  return { index: await indexOf(of), total, address: new URL(of.url()).searchParams.get('atEvent') };
}

/** Until the slider stands where the condition holds. */
const until = (of: Page, holds: (at: Standing) => boolean): Promise<void> =>
  expect.poll(async () => holds(await standing(of)), { timeout: 15_000 }).toBe(true);

const LISTS = [
  ['wallets', 'Wallets'],
  ['blocks', 'Blocks'],
  ['pool', 'TX pool'],
] as const;

async function openList(of: Page, title: string): Promise<void> {
  await of.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: title }).click();
  await heading(of, title).waitFor();
}

/** The three pages list what they listed then. */
async function expectThen(of: Page): Promise<void> {
  for (const [name, title] of LISTS) {
    await openList(of, title);
    await expect.poll(() => rowsOf(of).allInnerTexts(), { timeout: 10_000 }).toEqual(then.rows.get(name));
  }
}

describe('the slider', () => {
  it('stands at the present, and counts the events as they come', async () => {
    watched = await openPage(browser, stack.url, {
      ...ENGLISH,
      viewport: { width: 1280, height: 850 },
      reducedMotion: 'reduce',
    });
    page = watched.page;
    await page.goto('/wallets');
    await connected(page);
    const from = await api.newWallet();
    const to = await api.newWallet();
    await api.mineBlock(from, 5);
    await rowsOf(page).filter({ hasText: from }).getByTestId('balance').filter({ hasText: '10' }).waitFor();
    await api.send(from, to, 3);
    await rowsOf(page).getByText('locked').waitFor();
    const rows = new Map<string, string[]>();
    for (const [name, title] of LISTS) {
      await openList(page, title);
      await rowsOf(page).first().waitFor();
      rows.set(name, await rowsOf(page).allInnerTexts());
    }
    expect([...rows.values()].map(({ length }) => length)).toEqual([2, 1, 2]);
    const count = await countOfEvents();
    then = { rows, count };
    await until(page, ({ index, total, address }) => index === count && total === count && address === null);
    expect(await placed(page)).toBe('The present, live');
    await api.mineBlock(to, 5);
    await page.getByTestId('empty').waitFor();
    await expect.poll(async () => (await indexOf(page)) === (await countOfEvents())).toBe(true);
    expect(await indexOf(page)).toBeGreaterThan(count);
  });

  it('takes every page back to an event, and says so', async () => {
    await slider(page).fill(String(then.count));
    await until(page, ({ index, address }) => address !== null && index === then.count);
    await expectThen(page);
    await openList(page, 'Wallets');
    await page.getByTestId('past-notice').getByText('Nothing can be written there').waitFor();
    for (const name of ['New wallet', 'Send', 'Mine']) {
      const writing = page.getByRole('main').getByRole('button', { name }).first();
      expect(await writing.isDisabled()).toBe(true);
      expect(await writing.getAttribute('aria-describedby')).toBe('past-reason');
    }
    expect(await placed(page)).toMatch(/^[A-Z][A-Za-z]+ \((wallet|tx-pool|miner|chainstate)\), /);
    expect(await seriousFindings(page)).toEqual([]);
    await watched.screenshot('rewind-past');
  });

  it('counts what comes in meanwhile, and shows the past still', async () => {
    const count = await countOfEvents();
    await api.newWallet();
    await bar(page).getByTestId('rewind-newer').waitFor();
    const more = (await countOfEvents()) - count;
    await bar(page)
      .getByText(`${more} newer event${more === 1 ? '' : 's'}`, { exact: true })
      .waitFor();
    expect(await rowsOf(page).allInnerTexts()).toEqual(then.rows.get('wallets'));
  });

  it('opens a link at the same moment', async () => {
    const other = await openPage(browser, stack.url, ENGLISH);
    await button('Copy Link to this moment').click();
    await other.page.goto(await page.evaluate<string>('navigator.clipboard.readText()'));
    await connected(other.page);
    await until(other.page, ({ index }) => index === then.count);
    expect(await placed(other.page)).toBe(await placed(page));
    await expectThen(other.page);
    await close(other);
  });

  it('goes forward and back by the event, with its keys and with its buttons, and asks little for it', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await button('One event forward').click();
    await until(page, ({ index }) => index === then.count + 1);
    await slider(page).press('ArrowLeft');
    await until(page, ({ index, address }) => index === then.count && address !== null);
    await expect.poll(() => rowsOf(page).allInnerTexts()).toEqual(then.rows.get('wallets'));
    await slider(page).press('Home');
    await until(page, ({ index, address }) => index === 0 && address === 'chainstate:0');
    await page.getByText('There is no wallet yet').waitFor();
    expect(await button('One event back').isDisabled()).toBe(true);
    expect(asked.filter((path) => path.startsWith('/v1/events'))).toEqual([]);
    expect(asked.filter((path) => path === '/v1/wallets').length).toBeLessThanOrEqual(4);
  });

  it('is followed when it rests, not while it is dragged', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const box = await slider(page).boundingBox();
    if (box === null) throw new Error('the slider is not in sight');
    await page.mouse.move(box.x + 4, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 40 });
    await page.mouse.up();
    await until(
      page,
      ({ index, total, address }) => address !== null && address !== 'chainstate:0' && index > 0 && index < total,
    );
    await rowsOf(page).first().waitFor();
    expect(asked.filter((url) => url.includes('/v1/wallets')).length).toBeLessThan(20);
  });

  it('plays, pauses, and plays to the present', async () => {
    const from = await indexOf(page);
    await bar(page).getByLabel('Events a second').selectOption('4/s');
    await button('Play').click();
    await until(page, ({ index }) => index >= from + 2);
    await button('Pause').click();
    await button('Play').waitFor();
    await bar(page).getByLabel('Events a second').selectOption('100/s');
    await button('Play').click();
    await until(page, ({ index, total, address }) => index === total && address === null);
    await button('Play').waitFor();
    await page.getByTestId('past-notice').waitFor({ state: 'detached' });
    await rowsOf(page).nth(2).waitFor();
    expect(await page.getByRole('button', { name: 'New wallet' }).isEnabled()).toBe(true);
  });

  it('is one click from the present', async () => {
    await button('One event back').click();
    await until(page, ({ address }) => address !== null);
    await button('To the present').click();
    await until(page, ({ index, total, address }) => index === total && address === null);
    expect(new URL(page.url()).search).toBe('');
    expect(await placed(page)).toBe('The present, live');
    expect(await seriousFindings(page)).toEqual([]);
    await close(watched);
  });
});
