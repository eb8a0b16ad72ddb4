/**
 * The stand's explorer in a real Chromium on the real system with the training data: blocks, transactions, addresses, the
 * search, bytes, flows, the pool's forecast, branches while they reorganize; and what is said when the gateway is away.
 */
import type { BlockList, PoolEntryView } from '@pocket/contracts';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { atRest } from '@pocket/testkit/stand';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, connected, ENGLISH, heading, notification, rowsOf, stateOf } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let node: NodeClient;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

const blocks = async () => (await node.send<BlockList>('GET', '/v1/blocks?limit=1000')).body.blocks;
const open = () => openPage(browser, stack.url, ENGLISH);

describe('the system', () => {
  it('is reset after a question, and every open page follows', async () => {
    const [watched, other] = [await open(), await open()];
    const { page } = watched;
    await other.page.goto('/blocks');
    await connected(other.page);
    await page.goto('/system');
    await connected(page);
    await page.getByRole('button', { name: 'Reset the system' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset the system' }).click();
    await notification(page, 'System is reset').waitFor();
    await other.page.getByTestId('block-count').filter({ hasText: '10 blocks' }).waitFor();
    await expect.poll(() => rowsOf(other.page).count()).toBe(10);
    await watched.screenshot('system');
    await close(watched);
    await close(other);
  });
});

describe('a block', () => {
  it('opens in the list, and has a page with its header’s bytes explained', async () => {
    const watched = await open();
    const { page } = watched;
    const block = (await blocks())[8];
    await page.goto('/blocks');
    const row = rowsOf(page).filter({ has: page.getByRole('link', { name: '8', exact: true }) });
    await row.getByRole('button', { name: 'Details' }).click();
    await row.getByText(block?.txids[1] ?? '').waitFor();
    await watched.screenshot('blocks');
    await row.getByRole('link', { name: '8', exact: true }).click();
    await heading(page, 'Block 8').waitFor();
    expect(await page.getByTestId('confirmations').innerText()).toBe('2 confirmations');
    const bytes = page.getByTestId('raw-bytes');
    expect((await bytes.innerText()).replace(/\s/g, '')).toBe(block?.hex.slice(0, 160));
    await bytes.locator('.field').nth(4).hover();
    await page.getByTestId('explanation').getByText('1f100000').waitFor();
    // A pointer that rests over the bytes would choose one again when the page is scrolled.
    await page.mouse.move(0, 0);
    await bytes.press('ArrowRight');
    await page.getByTestId('explanation').getByText('The number that the miner tries out').waitFor();
    await watched.screenshot('block');
    await page.getByRole('link', { name: '← below' }).click();
    await heading(page, 'Block 7').waitFor();
    await close(watched);
  });

  it('gains confirmations while it is looked at', async () => {
    const watched = await open();
    const { page } = watched;
    const tip = (await blocks()).at(-1);
    await page.goto(`/block/${tip?.hash ?? ''}`);
    await page.getByTestId('confirmations').filter({ hasText: 'one confirmation' }).waitFor();
    await connected(page);
    const [miner] = await api.getWallets();
    await api.mineBlock(miner?.address ?? '', 1);
    await page.getByTestId('confirmations').filter({ hasText: '2 confirmations' }).waitFor();
    await page.getByRole('link', { name: 'above →' }).waitFor();
    await close(watched);
  });
});

describe('a transaction', () => {
  it('shows its coins as a flow, leads along them, and explains its bytes', async () => {
    const watched = await open();
    const { page } = watched;
    const txid = (await blocks())[8]?.txids[1] ?? '';
    await page.goto(`/transaction/${txid}`);
    const flow = page.getByTestId('coin-flow');
    await flow.waitFor();
    expect(await flow.getByRole('list', { name: 'Coins it spends' }).getByRole('listitem').count()).toBe(1);
    expect(await flow.getByRole('list', { name: 'Coins it makes' }).getByRole('listitem').count()).toBe(2);
    await page.getByTestId('raw-bytes').locator('.field.colour-5').first().hover();
    await page.getByTestId('explanation').getByText("The owner's ECDSA").waitFor();
    await watched.screenshot('transaction');
    await flow.getByRole('link', { name: /^from/ }).first().click();
    await page.waitForURL((url) => !url.pathname.endsWith(txid));
    await page.getByTestId('confirmations').waitFor();
    await close(watched);
  });

  it('that waits shows what it spends, and is confirmed while it is looked at', async () => {
    const watched = await open();
    const { page } = watched;
    const { body: pool } = await node.send<PoolEntryView[]>('GET', '/v1/pool');
    const waiting = pool.find(({ txid }) => txid !== null);
    await page.goto(`/transaction/${waiting?.txid ?? ''}`);
    await page.getByTestId('confirmations').filter({ hasText: 'waits for a block' }).waitFor();
    await page.getByTestId('coin-flow').getByText(/^1$/).first().waitFor();
    await connected(page);
    const [miner] = await api.getWallets();
    await api.mineBlock(miner?.address ?? '', 10);
    await page.getByTestId('confirmations').filter({ hasText: 'one confirmation' }).waitFor();
    await close(watched);
  });
});

describe('an address', () => {
  it('shows its balance and history, and what waits for it', async () => {
    const watched = await open();
    const { page } = watched;
    const [first, second] = await api.getWallets();
    await page.goto(`/address/${first?.address ?? ''}`);
    await connected(page);
    await page
      .locator('dd', { hasText: String(first?.balance) })
      .first()
      .waitFor();
    await api.send(first?.address ?? '', second?.address ?? '', 2);
    await page.getByTestId('waiting').getByText('−2').waitFor();
    await watched.screenshot('address');
    await close(watched);
  });
});

describe('the search', () => {
  it('finds by height, hash, txid and address, and says what it does not find', async () => {
    const watched = await open();
    const { page } = watched;
    const block = (await blocks())[3];
    const [wallet] = await api.getWallets();
    await page.goto('/');
    const search = async (text: string): Promise<void> => {
      await page.getByRole('search').getByRole('textbox').fill(text);
      await page.getByRole('search').getByRole('textbox').press('Enter');
    };
    await search('3');
    await heading(page, 'Block 3').waitFor();
    await search(wallet?.address ?? '');
    await page.waitForURL(`**/address/${wallet?.address ?? ''}`);
    await search(block?.hash ?? '');
    await page.waitForURL(`**/block/${block?.hash ?? ''}`);
    // One that looks like a block's hash would be looked for among the blocks first, in vain.
    const txid = (await blocks()).flatMap(({ txids }) => txids).find((each) => !each.startsWith('000')) ?? '';
    await search(txid);
    await page.waitForURL(`**/transaction/${txid}`);
    await search('nobody knows');
    await page.getByTestId('not-found').getByText('nobody knows').waitFor();
    await close(watched);
  });
});

describe('the pool', () => {
  it('shows the blocks to come, and each entry with its bytes', async () => {
    const watched = await open();
    const { page } = watched;
    await page.goto('/pool');
    await page.getByTestId('blocks-to-come').getByText('one transaction').waitFor();
    await connected(page);
    const [, , third, fourth] = await api.getWallets();
    await api.send(third?.address ?? '', fourth?.address ?? '', 1);
    await page.getByTestId('blocks-to-come').getByText('2 transactions').waitFor();
    const entry = page.getByRole('list', { name: 'TX pool' }).getByRole('listitem').first();
    await entry.getByRole('button', { name: 'Details' }).click();
    await entry.getByTestId('raw-bytes').waitFor();
    await watched.screenshot('pool');
    await close(watched);
  });
});

describe('the branches', () => {
  it('show a reorganization when it happens', async () => {
    const watched = await open();
    const { page } = watched;
    await page.goto('/branches');
    await connected(page);
    const tree = page.getByTestId('block-tree');
    const chain = await blocks();
    await tree
      .getByRole('link')
      .nth(chain.length - 1)
      .waitFor();
    await node.operate('invalidate', chain.at(-2)?.hash ?? '');
    await tree
      .getByRole('link', { name: /invalid$/ })
      .first()
      .waitFor();
    const [miner] = await api.getWallets();
    for (let mined = 0; mined < 3; mined++) await api.mineBlock(miner?.address ?? '', 1);
    await tree.getByRole('link', { name: `Block ${chain.length}, best chain` }).waitFor();
    await node.operate('reconsider', chain.at(-2)?.hash ?? '');
    await tree
      .getByRole('link', { name: /branch$/ })
      .nth(1)
      .waitFor();
    await page.getByTestId('reorganizations').getByText('2 left the best chain, 0 came for them').waitFor();
    await watched.screenshot('branches');
    await close(watched);
  });
});

describe('a gateway that goes away', () => {
  it('is said to be away, and followed again when it is back', async () => {
    const watched = await open();
    const { page } = watched;
    await page.goto('/blocks');
    await atRest(page);
    const { length } = await blocks();
    // What a gateway that goes and comes cannot answer, and what it refuses before all services answer it.
    await watched.faultsDuring(/net::ERR_|\b503\b/, async () => {
      // Started again at once, it may be back before the page has asked it in vain.
      const unanswered = page.waitForEvent('requestfailed', (request) => request.url().includes('/v1/events'));
      await stack.process('gateway').stop();
      await stateOf(page, 'lost').waitFor();
      await page.getByText('Not connected to the gateway').waitFor();
      await unanswered;
      await watched.screenshot('not-connected');
      await stack.process('gateway').start();
      await atRest(page);
    });
    const [miner] = await api.getWallets();
    await api.mineBlock(miner?.address ?? '', 1);
    await page
      .getByTestId('block-count')
      .filter({ hasText: `${length + 1} blocks` })
      .waitFor();
    await close(watched);
  });
});
