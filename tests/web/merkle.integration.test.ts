/**
 * A block's Merkle tree and hash in a real Chromium on the real system: drawn, computed again in the page, and the same as
 * what the chain holds.
 */
import type { BlockEntry, BlockList } from '@pocket/contracts';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, ENGLISH, heading } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let block: BlockEntry;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  await new OriginalClient(stack.url).resetSystem();
  const { body } = await new NodeClient(stack.url).send<BlockList>('GET', '/v1/blocks?limit=1000');
  const fullest = body.blocks.toSorted((one, other) => other.txids.length - one.txids.length)[0];
  if (fullest === undefined) throw new Error('the training data make no block');
  block = fullest;
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

describe('a block’s Merkle tree', () => {
  it('is drawn from the block’s page on, and the path of each chosen transaction ends at the header’s root', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto(`/block/${block.hash}`);
    await page.getByRole('link', { name: 'Its Merkle tree and hash' }).click();
    await heading(page, `Merkle tree and hash of block ${block.height}`).waitFor();
    const tree = page.getByTestId('merkle-tree');
    expect(block.txids.length).toBeGreaterThan(1);
    expect(await tree.getByRole('link').count()).toBe(block.txids.length);
    for (const [index, txid] of block.txids.entries()) {
      await tree.getByRole('link', { name: `Transaction ${index + 1}, ${txid}` }).focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**tx=${txid}`);
      await page.getByTestId('merkle-verdict').getByText('This is the Merkle root in the header').waitFor();
    }
    expect(await page.getByTestId('block-hash').innerText()).toBe(block.hash);
    await page.getByTestId('hash-verdict').getByText('the work is done').waitFor();
    await watched.screenshot('merkle');
    await close(watched);
  });

  it('is led to by a transaction, with its own path', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const txid = block.txids.at(-1) ?? '';
    await page.goto(`/transaction/${txid}`);
    await page.getByRole('link', { name: 'Its path to the Merkle root' }).click();
    await page.getByTestId('merkle-tree').locator('a[aria-current=true]').waitFor();
    expect(page.url()).toContain(`tx=${txid}`);
    await close(watched);
  });
});
