/**
 * The event log and the flights in a real Chromium on the real system: lanes, filters, live events, older pages by the
 * cursor, one event with its cause and what it changed, and one payment's way through all services.
 */
import type { EventPage } from '@pocket/contracts';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, connected, ENGLISH, heading, rowsOf } from './stand-page.ts';

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

const PAGED_WITHIN_MS = 20_000;

const open = () => openPage(browser, stack.url, ENGLISH);
const pageOf = async (query: string) => (await node.send<EventPage>('GET', `/v1/events?${query}`)).body;
const held = (page: Page) => page.getByTestId('held');

describe('the event log', () => {
  it('shows all services in lanes, hears new events, and goes back to the beginning', async () => {
    const watched = await open();
    const { page } = watched;
    await page.goto('/events');
    await connected(page);
    await held(page).filter({ hasText: '100 events' }).waitFor();
    expect(await page.getByTestId('lanes').locator('circle').count()).toBe(100);
    const mine = rowsOf(page).first().getByRole('link');
    const [miner] = await api.getWallets();
    await api.mineBlock(miner?.address ?? '', 1);
    await mine.filter({ hasText: /BlockFollowed|PaymentConfirmed|TransactionConfirmed/ }).waitFor();
    await watched.screenshot('events');
    const older = page.getByRole('button', { name: 'Older events' });
    const toBeginning = async () => {
      // The last page takes the button away, also between a look and a click.
      if (await older.isVisible()) await older.click({ timeout: 1_000 }).catch(() => undefined);
      return page.getByTestId('beginning').isVisible();
    };
    await expect.poll(toBeginning, { timeout: PAGED_WITHIN_MS }).toBe(true);
    await close(watched);
  });

  it('is filtered by service and type, in the address too', async () => {
    const watched = await open();
    const { page } = watched;
    await page.goto('/events');
    await connected(page);
    await page.getByLabel('Chainstate', { exact: true }).check();
    await page.getByText('Types: all').click();
    await page.getByLabel('BlockConnected', { exact: true }).check();
    const blocks = (await pageOf('service=chainstate&type=BlockConnected&limit=1000')).events.length;
    await held(page)
      .filter({ hasText: `${blocks} events` })
      .waitFor();
    expect(page.url()).toContain('service=chainstate');
    expect(await rowsOf(page).getByRole('link').allInnerTexts()).toSatisfy((texts: string[]) =>
      texts.every((text) => text.startsWith('BlockConnected')),
    );
    const [miner] = await api.getWallets();
    await api.mineBlock(miner?.address ?? '', 1);
    await held(page)
      .filter({ hasText: `${blocks + 1} events` })
      .waitFor();
    await page.reload();
    await held(page)
      .filter({ hasText: `${blocks + 1} events` })
      .waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await held(page).filter({ hasText: '100 events' }).waitFor();
    await close(watched);
  });

  it('opens an event: its data, its cause, what it caused and changed, and its place', async () => {
    const watched = await open();
    const { page } = watched;
    const confirmed = (await pageOf('type=TransactionConfirmed&order=desc&limit=1')).events[0];
    const { service, position } = confirmed ?? { service: '', position: 0 };
    await page.goto(`/events?service=tx-pool&type=TransactionConfirmed`);
    await rowsOf(page).first().getByRole('button', { name: 'Details' }).click();
    await rowsOf(page).first().getByTestId('changes').getByText('One transaction less waits').waitFor();
    await page.goto(`/events/${service}/${position}`);
    await heading(page, `Event ${service}:${position}`).waitFor();
    expect(await page.getByTestId('event-data').innerText()).toContain('blockHash');
    await page
      .getByTestId('cause')
      .getByRole('link', { name: /^BlockConnected chainstate:/ })
      .click();
    await page.getByTestId('changes').getByText('The best chain ends at height').waitFor();
    await page
      .getByTestId('changes')
      .getByText(/^Coins spent: \d/)
      .waitFor();
    await page
      .getByTestId('effects')
      .getByRole('link', { name: `${service}:${position}` })
      .waitFor();
    await watched.screenshot('event');
    await close(watched);
  });
});

describe('a flight', () => {
  it('is led to by the transaction, drawn with its causes, and goes on while it is looked at', async () => {
    const watched = await open();
    const { page } = watched;
    const [first, second] = await api.getWallets();
    await api.send(first?.address ?? '', second?.address ?? '', 1);
    const signed = (await pageOf('type=PaymentSigned&order=desc&limit=1')).events[0];
    const { txid } = (signed?.data ?? { txid: '' }) as { txid: string };
    await page.goto(`/transaction/${txid}`);
    await page.getByRole('link', { name: 'Its flight across the services' }).click();
    await heading(page, 'Flight').waitFor();
    await connected(page);
    const steps = page.getByTestId('flight-steps').getByRole('listitem');
    await steps.filter({ hasText: 'TransactionAccepted' }).getByText('Caused by step 1').waitFor();
    await api.mineBlock(first?.address ?? '', 10);
    await steps.filter({ hasText: 'PaymentConfirmed' }).waitFor();
    await steps.filter({ hasText: 'TransactionConfirmed' }).waitFor();
    const count = await steps.count();
    expect(await page.getByTestId('flight-drawing').locator('circle').count()).toBe(count);
    expect(count).toBeGreaterThanOrEqual(6);
    await watched.screenshot('flight');
    await close(watched);
  });
});
