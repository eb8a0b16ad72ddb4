/**
 * Mining watched in a real Chromium on the real system: the miner's mode set and followed, a search of its workers on its way
 * with its best hash, and a search of the page's own whose block the chain takes.
 */
import type { MinerView, SearchView } from '@pocket/contracts';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage, type WatchedPage } from './browser.ts';
import { close, connected, ENGLISH, heading, holdBack, notification } from './stand-page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

const minerOf = async (stack: TestStack) => (await new NodeClient(stack.url).send<MinerView>('GET', '/v1/miner')).body;
/** The page where a search of its own may begin: it hears the events, and knows who would be paid. */
async function openMining(browser: Browser, stack: TestStack): Promise<WatchedPage> {
  const watched = await openPage(browser, stack.url, ENGLISH);
  const { page } = watched;
  await page.goto('/mining');
  await connected(page);
  const payee = page.getByRole('combobox', { name: 'Who gets the reward of this block' });
  await expect.poll(() => payee.inputValue()).not.toBe('');
  return watched;
}
const ownState = (page: Page, state: string) =>
  page.getByTestId('own-state').and(page.locator(`[data-state=${state}]`));

describe('on a network of quick blocks', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
    await new OriginalClient(stack.url).resetSystem();
  });
  afterAll(() => stack.stop());

  it('the page’s menu leads to what the miner does, how long blocks took, and its workers', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/');
    await page.getByRole('link', { name: 'Mining' }).click();
    await heading(page, 'Mining').waitFor();
    await page.getByTestId('mining-mode').getByText('manual').waitFor();
    const { workers, template } = await minerOf(stack);
    expect(await page.getByTestId('worker').count()).toBe(workers.length);
    await page
      .getByTestId('worker')
      .getByText(workers[0]?.kernel ?? 'none')
      .waitFor();
    await page.getByText(template.target).waitFor();
    await page.getByTestId('bar-chart').locator('canvas').waitFor();
    await page
      .getByTestId('bar-chart')
      .getByText(/^9 intervals by the blocks' own times/)
      .waitFor();
    await close(watched);
  });

  it('the mode is set with the keyboard, and the page follows what comes of it', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/mining');
    await connected(page);
    const before = (await minerOf(stack)).blocks.found;
    await page.getByRole('radio', { name: 'manual' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: 'Set the mode' }).click();
    await page.getByRole('alert').getByText('Name the address that the blocks pay.').waitFor();
    const [wallet] = await new OriginalClient(stack.url).getWallets();
    await page.getByRole('combobox', { name: 'Who gets the reward', exact: true }).fill(wallet?.address ?? '');
    await page.getByRole('spinbutton', { name: 'Seconds from block to block' }).fill('1');
    await page.keyboard.press('Enter');
    await notification(page, 'The mode is set').waitFor();
    await page.getByTestId('mining-mode').getByText('every 1 seconds').waitFor();
    await expect
      .poll(async () => Number(await page.getByTestId('found').locator('dd').first().innerText()), { timeout: 20_000 })
      .toBeGreaterThan(before + 1);
    await page.getByRole('radio', { name: 'manual' }).check();
    await page.getByRole('button', { name: 'Set the mode' }).click();
    await page.getByTestId('mining-mode').getByText('manual').waitFor();
    expect((await minerOf(stack)).mode.mode).toBe('manual');
    await close(watched);
  });

  it('the page searches a block itself, hash by hash, and the chain takes it', async () => {
    const watched = await openMining(browser, stack);
    const { page } = watched;
    await page.getByRole('combobox', { name: 'Pace' }).selectOption('20 hashes/s');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await ownState(page, 'searching').waitFor();
    await page.getByTestId('tried').getByRole('listitem').first().waitFor();
    const tried = await page.getByTestId('tried').getByRole('listitem').first().innerText();
    expect(tried).toMatch(/^\d+ [0-9a-f]{64}$/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await ownState(page, 'stopped').waitFor();
    await page.getByRole('combobox', { name: 'Pace' }).selectOption('as fast as it goes');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await ownState(page, 'found').waitFor();
    const { height } = (await minerOf(stack)).template;
    await watched.screenshot('mining-found');
    await page.getByRole('button', { name: 'Hand the block in' }).click();
    await heading(page, `Block ${height}`).waitFor();
    expect((await minerOf(stack)).template.height).toBe(height + 1);
    await close(watched);
  });

  it('a block from elsewhere ends the page’s search: its template leads nowhere', async () => {
    const watched = await openMining(browser, stack);
    const { page } = watched;
    await page.getByRole('combobox', { name: 'Target' }).selectOption('16 zero bits more');
    await page.getByRole('combobox', { name: 'Pace' }).selectOption('as fast as it goes');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByTestId('best-hash').getByText('zero bits').waitFor();
    const api = new OriginalClient(stack.url);
    const [wallet] = await api.getWallets();
    expect(await api.mineBlock(wallet?.address ?? '', 1)).toMatchObject({ error: null });
    await ownState(page, 'stale').waitFor();
    await close(watched);
  });

  it('a block that comes while the template is on its way leads to a new template', async () => {
    const watched = await openMining(browser, stack);
    const { page } = watched;
    const api = new OriginalClient(stack.url);
    const [wallet] = await api.getWallets();
    const { height } = (await minerOf(stack)).template;
    await page.route(
      '**/v1/blocks/template?*',
      async (route) => {
        const response = await route.fetch();
        expect(await api.mineBlock(wallet?.address ?? '', 1)).toMatchObject({ error: null });
        await page
          .getByTestId('bar-chart')
          .getByText(new RegExp(`^${height} intervals`))
          .waitFor();
        await route.fulfill({ response });
      },
      { times: 1 },
    );
    await page.getByRole('combobox', { name: 'Pace' }).selectOption('as fast as it goes');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await ownState(page, 'found').waitFor();
    await page.getByRole('button', { name: 'Hand the block in' }).click();
    await heading(page, `Block ${height + 1}`).waitFor();
    await close(watched);
  });

  it('a search says what it lacks until the wallets are known', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const answer = await holdBack(page, '**/v1/wallets');
    await page.goto('/mining');
    await connected(page);
    const fault = page.getByRole('alert').getByText('Name the address that gets the reward of this block.');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await fault.waitFor();
    expect(await ownState(page, 'idle').count()).toBe(1);
    answer();
    await fault.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await ownState(page, 'searching').waitFor();
    await close(watched);
  });

  it('a page that is left before the template comes begins no search', async () => {
    const watched = await openMining(browser, stack);
    const { page } = watched;
    const answer = await holdBack(page, '**/v1/blocks/template?*');
    let threads = 0;
    page.on('worker', () => (threads += 1));
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('link', { name: 'Blocks', exact: true }).click();
    await heading(page, 'Blocks').waitFor();
    const template = page.waitForResponse('**/v1/blocks/template?*');
    answer();
    await (await template).finished();
    await page.getByRole('link', { name: 'Mining', exact: true }).click();
    await heading(page, 'Mining').waitFor();
    expect(threads).toBe(0);
    await close(watched);
  });

  it('in the past nothing is set or searched, and the intervals are of then', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const { body } = await new NodeClient(stack.url).send<{ events: { position: number }[] }>(
      'GET',
      '/v1/events?service=chainstate&type=BlockConnected&order=desc&limit=3',
    );
    await page.goto(`/mining?atEvent=chainstate:${body.events[2]?.position ?? 0}`);
    await page.getByTestId('mining-past').waitFor();
    const { template } = await minerOf(stack);
    await page
      .getByTestId('bar-chart')
      .getByText(new RegExp(`^${template.height - 3} intervals`))
      .waitFor();
    expect(await page.getByRole('button', { name: 'Set the mode' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Search', exact: true }).isDisabled()).toBe(true);
    await close(watched);
  });
});

describe('on a network of slow blocks', () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack({ settings: { POCKET_NETWORK: 'marathon' } });
  });
  afterAll(() => stack.stop());

  it('the miner’s search is seen on its way, with its best hash and how likely it was to be over', async () => {
    const address = await new OriginalClient(stack.url).newWallet();
    const node = new NodeClient(stack.url);
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/mining');
    await connected(page);
    await page.getByTestId('no-search').waitFor();
    await node.send('PUT', '/v1/miner/mode', { mode: 'continuous', address });
    const running = page.getByTestId('running-search');
    await running.getByTestId('best-hash').getByText('The best hash begins with').waitFor({ timeout: 60_000 });
    await watched.screenshot('mining-running');
    const shown = await page.getByTestId('best-hash').locator('.hashes').first().innerText();
    expect(shown).toMatch(/^[0-9a-f]{64} best hash so far/);
    const said = await page.getByTestId('probability').first().innerText();
    expect(said).toMatch(/^After [\d,]+ of 268,43\d,\d+ expected hashes a block was found with a probability of \d/);
    await node.send('PUT', '/v1/miner/mode', { mode: 'manual' });
    await page.getByTestId('ended-search').waitFor();
    const searches: SearchView[] = (await minerOf(stack)).searches;
    expect(searches).toEqual([]);
    await close(watched);
  }, 90_000);
});
