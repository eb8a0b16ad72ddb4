/**
 * A payment taken apart in a real Chromium on the real system: the coins that the payer had then, the same choice made again,
 * each input's signature recomputed, and the txid of it all.
 */
import { encodeTransaction, UNIT, type Txid } from '@pocket/chain';
import type { BlockList, TransactionDetail } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { ownerOf, spend } from '@pocket/testkit/builders';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, ENGLISH, heading } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let node: NodeClient;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  await api.resetSystem();
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

interface Coin {
  txid: string;
  vout: number;
  value: string;
}

/** A new wallet with three rewards and one unit has paid 25 units, and the block that holds that is mined. */
async function payFromThreeRewards(): Promise<{ from: string; txid: string }> {
  const [from, to] = [await api.newWallet(), await api.newWallet()];
  for (let rewards = 0; rewards < 3; rewards++) expect(await api.mineBlock(from, 100)).toMatchObject({ error: null });
  expect(await api.send(from, to, 25)).toMatchObject({ error: null });
  const { body } = await node.send<{ txid: string; from: string }[]>('GET', '/v1/pool');
  const txid = body.find((entry) => entry.from === from)?.txid ?? '';
  expect(await api.mineBlock(to, 100)).toMatchObject({ error: null });
  return { from, txid };
}

describe('how a payment is made', () => {
  it('is told from the transaction’s page on: the payer’s coins, the choice, the change, every signature, the txid', async () => {
    const { txid } = await payFromThreeRewards();
    const { inputs } = await spentBy(txid);
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto(`/transaction/${txid}`);
    await page.getByRole('link', { name: 'How it was made' }).click();
    await heading(page, 'How a payment is made').waitFor();
    await page.getByTestId('order').getByText('25 units are to be paid').waitFor();
    const coins = page.getByTestId('payer-coins').locator('tbody tr');
    expect(await coins.count()).toBe(3);
    expect(await coins.locator('.number').nth(1).innerText()).toBe('10');
    await page.getByTestId('change').getByText('The coins hold 30 units, 25 are needed: an output of 5').waitFor();
    await page.getByTestId('choice-verdict').getByText('exactly these coins').waitFor();
    expect(inputs).toBe(3);
    for (let input = 1; input <= inputs; input++) {
      await page.getByTestId('input-choice').fill(String(input));
      await page.keyboard.press('Enter');
      await page
        .getByTestId('signature-verdict')
        .getByText('the signature is one of this digest by this key')
        .waitFor();
      await page.getByTestId('key-verdict').getByText('the hashes are the same').waitFor();
    }
    expect(await page.getByTestId('keyHash').innerText()).toBe(await page.getByTestId('ownerHash').innerText());
    expect(await page.getByTestId('turned').innerText()).toBe(txid);
    await page.getByTestId('txid-verdict').getByText('This is the transaction').waitFor();
    await page.getByTestId('raw-bytes').focus();
    for (let times = 0; times < 6; times++) await page.keyboard.press('ArrowRight');
    await page.getByTestId('explanation').first().waitFor();
    await watched.screenshot('payment');
    await close(watched);
  });

  it('leads to the payer’s address as it was at that moment', async () => {
    const { from, txid } = await payFromThreeRewards();
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto(`/payment/${txid}`);
    await page.getByRole('link', { name: 'The payer’s address at that moment'.replace('’', "'") }).click();
    await page.waitForURL(`**/address/${from}?atEvent=wallet:*`);
    await page.getByText('You see the past').or(page.getByTestId('past-notice')).first().waitFor();
    await close(watched);
  });

  it('of a transaction from outside is told by its signatures alone', async () => {
    const stranger = ownerOf(7);
    const from = await api.newWallet();
    expect(await api.mineBlock(from, 100)).toMatchObject({ error: null });
    expect(await api.send(from, stranger.address, 10)).toMatchObject({ error: null });
    const { body } = await node.send<{ txid: Txid; from: string }[]>('GET', '/v1/pool');
    const parent = body.find((entry) => entry.from === from)?.txid ?? ('' as Txid);
    expect(await api.mineBlock(from, 100)).toMatchObject({ error: null });
    const coin = { value: 10n * UNIT, scriptPubKey: stranger.script, height: 0, coinbase: false };
    const spent = spend([{ outpoint: { txid: parent, vout: 0 }, coin }], stranger, [stranger, 10n * UNIT]);
    const handedIn = await node.send<{ txid: string }>('POST', '/v1/transactions', {
      hex: bytesToHex(encodeTransaction(spent)),
    });
    expect(handedIn.status).toBe(201);
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto(`/payment/${handedIn.body.txid}`);
    await page.getByTestId('outside').waitFor();
    expect(await page.getByTestId('payer-coins').count()).toBe(0);
    await page.getByTestId('signature-verdict').getByText('the signature is one of this digest').waitFor();
    await page.getByTestId('txid-verdict').getByText('This is the transaction').waitFor();
    await close(watched);
  });

  it('of a coinbase is that nobody signed it, and of what is not there yet that it is not', async () => {
    const { body } = await node.send<BlockList>('GET', '/v1/blocks?limit=1');
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    await page.goto(`/payment/${body.blocks[0]?.txids[0] ?? ''}`);
    await page.getByTestId('coinbase').waitFor();
    const { txid } = await payFromThreeRewards();
    await watched.faultsDuring(new RegExp(`/v1/transactions/${txid}`), async () => {
      await page.goto(`/payment/${txid}?atEvent=chainstate:3`);
      await page.getByTestId('problem').getByText('not-found').waitFor();
    });
    await close(watched);
  });
});

async function spentBy(txid: string): Promise<{ inputs: number }> {
  const { body } = await node.send<TransactionDetail & { spent: Coin[] }>('GET', `/v1/transactions/${txid}`);
  return { inputs: body.spent.length };
}
