/**
 * What refuses in a real Chromium on the real system: each time the rule, its values, and the smallest change, which then
 * passes.
 */
import { decodeTransaction, encodeTransaction, UNIT, type Transaction } from '@pocket/chain';
import type { BlockList, BlockTemplateView, PoolEntryView } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { blockHex, blockOfTemplate } from '../../web/src/features/mining/template-block.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, connected, ENGLISH, notification, rowsOf } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let node: NodeClient;
/** A wallet that owns ten units, and one that owns none. */
let rich: string;
let poor: string;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  await api.resetSystem();
  [rich, poor] = [await api.newWallet(), await api.newWallet()];
  expect(await api.mineBlock(rich, 1)).toMatchObject({ error: null });
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

const refusalOf = (place: Page | Locator): Locator => place.getByTestId('refusal');
const codeOf = (place: Page | Locator): Locator => place.getByTestId('refusal-code');
const changeOf = (place: Page | Locator): Locator => place.getByTestId('smallest-change');

describe('a payment that is refused', () => {
  it('is answered in the dialog with what would pass, and that passes', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/wallets');
    await connected(page);
    await rowsOf(page).filter({ hasText: rich }).getByRole('button', { name: 'Send' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send units' });
    await dialog.getByRole('combobox', { name: 'To' }).fill(poor);
    await dialog.getByRole('spinbutton', { name: 'Whole units' }).fill('25');
    await page.keyboard.press('Enter');
    await changeOf(dialog).getByText('Pay at most 10 units, 15 less; or mine 15 units to the wallet first.').waitFor();
    expect(await codeOf(dialog).innerText()).toBe('insufficient-funds');
    await refusalOf(dialog).getByText('docs/errors.md, Ours').waitFor();
    await watched.screenshot('refusal-send');
    await dialog.getByRole('spinbutton', { name: 'Whole units' }).fill('0');
    await page.keyboard.press('Enter');
    await refusalOf(dialog).waitFor({ state: 'detached' });
    expect(await dialog.getByRole('alert').allInnerTexts()).toEqual([
      'The amount must be a whole number of at least 1.',
    ]);
    await dialog.getByRole('spinbutton', { name: 'Whole units' }).fill('10');
    await page.keyboard.press('Enter');
    await notification(page, '10 units are on their way').waitFor();
    await close(watched);
  });

  it('stands in the pool with its rule, its values and the change', async () => {
    await api.send(poor, rich, 3);
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/pool');
    await connected(page);
    const row = rowsOf(page)
      .filter({ hasText: 'failed' })
      .filter({ hasText: poor.slice(0, 9) })
      .last();
    await row.getByRole('button', { name: 'Details' }).click();
    await changeOf(page).getByText('The wallet owns nothing: mine 3 units to it first.').waitFor();
    await refusalOf(page).getByText('at most 0').waitFor();
    await watched.screenshot('refusal-pool');
    await close(watched);
  });
});

describe('a transaction that is handed in', () => {
  async function waiting(): Promise<Transaction> {
    const { body } = await node.send<PoolEntryView[]>('GET', '/v1/pool');
    const decoded = decodeTransaction(hexToBytes(body.find(({ hex }) => hex !== null)?.hex ?? ''));
    if (!decoded.ok) throw new Error(decoded.message);
    return decoded.transaction;
  }

  it('is judged by its rules one after the other, in words and values', async () => {
    const transaction = await waiting();
    const good = bytesToHex(encodeTransaction(transaction));
    const [first, ...others] = transaction.outputs;
    if (first === undefined) throw new Error('there is no output');
    const greedy = { ...transaction, outputs: [{ ...first, value: first.value + 2n * UNIT }, ...others] };
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/hand-in');
    await connected(page);
    const place = page.getByTestId('hand-in-transaction');
    const judge = async (hex: string): Promise<void> => {
      await place.getByRole('textbox').fill(hex);
      await place.getByRole('button', { name: 'Judge it only' }).click();
    };
    await judge('01zz');
    await place.getByRole('alert').getByText('Hex has the digits').waitFor();
    await watched.faultsDuring(/\/v1\/transactions/, async () => {
      await judge(`${good}00`);
      await changeOf(place).getByText('found was “1 bytes are left over at the end”').waitFor();
      expect(await codeOf(place).innerText()).toBe('tx-decode-failed');
      await judge(bytesToHex(encodeTransaction(greedy)));
      await changeOf(place).getByText('Lower the outputs by 2 units').waitFor();
      expect(await codeOf(place).innerText()).toBe('bad-txns-in-belowout');
      await watched.screenshot('refusal-transaction');
      const { body } = await node.send<BlockList>('GET', '/v1/blocks?limit=1');
      await judge((body.blocks[0]?.hex ?? '').slice(162));
      await place.getByText('A coinbase cannot wait for a block').waitFor();
      await judge(good);
      await page.getByTestId('taken').getByText('It would pass').waitFor();
    });
    await close(watched);
  });
});

describe('a block that is handed in', () => {
  it('without its work gets a nonce, and is then on the chain', async () => {
    const { body } = await node.send<BlockTemplateView>('GET', `/v1/blocks/template?address=${poor}`);
    const block = blockOfTemplate(body);
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/hand-in');
    await connected(page);
    const place = page.getByTestId('hand-in-block');
    await place.getByRole('textbox').fill(blockHex(block, 0xffffffff));
    await watched.faultsDuring(/\/v1\/blocks/, async () => {
      await place.getByRole('button', { name: 'Hand the block in' }).click();
      await changeOf(place).getByText('Set the nonce to').waitFor();
      expect(await codeOf(place).innerText()).toBe('high-hash');
      await watched.screenshot('refusal-block');
      await place.getByRole('button', { name: /^Put the nonce \d+ into the block$/ }).click();
      await place.getByRole('button', { name: 'Hand the block in' }).click();
      await place.getByTestId('taken').getByText('on the best chain').waitFor();
    });
    await close(watched);
  });

  it('is not handed in from the past', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto('/hand-in?atEvent=chainstate:3');
    await page.getByTestId('past-notice').waitFor();
    expect(await page.getByRole('button', { name: 'Hand the block in' }).isDisabled()).toBe(true);
    await close(watched);
  });
});
