/**
 * The tamper lab in a real Chromium on the real system: every ready-made tampering breaks the rule that it should, edits are
 * marked and undone, blocks are mined again with the kernel and race the chain that goes on; and the chain knows nothing of it.
 */
import type { BlockEntry, BlockList, ChainstateInfo, ChainTipView } from '@pocket/contracts';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Browser, BrowserContextOptions, Locator, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../integration/node-client.ts';
import { launchBrowser, openPage } from './browser.ts';
import { close, connected, ENGLISH, heading, holdBack, seriousFindings } from './stand-page.ts';

let stack: TestStack;
let browser: Browser;
let api: OriginalClient;
let node: NodeClient;
/** Of six transactions, with blocks behind it. */
let block: BlockEntry;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startTestStack(), launchBrowser()]);
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
});
afterAll(async () => {
  await browser.close();
  await stack.stop();
});

const verdict = (page: Page): Locator => page.getByTestId('verdict');
const strip = (page: Page): Locator => page.getByTestId('strip').getByRole('radio');
const field = (page: Page, key: string): Locator => page.getByTestId(`field-${key}`).getByRole('textbox');
const standingIs = (page: Page, standing: string): Promise<void> =>
  verdict(page).locator(`[data-standing=${standing}]`).waitFor();
const wordIs = (page: Page, word: string): Promise<void> =>
  page.getByTestId('word').getByText(word, { exact: true }).waitFor();

/** Everything that the node tells of its chain: what the lab must not have changed. */
async function chainAsToldByNode(): Promise<unknown> {
  const [info, tips, blocks, pool] = await Promise.all([
    node.send<ChainstateInfo>('GET', '/v1/chainstate/info'),
    node.send<ChainTipView[]>('GET', '/v1/chain/tips'),
    node.send<BlockList>('GET', '/v1/chain/branches?limit=1000'),
    node.send<unknown[]>('GET', '/v1/pool'),
  ]);
  return [info.body, tips.body, blocks.body, pool.body];
}

async function openLab(path = `/lab/${block.hash}`, options: BrowserContextOptions = {}) {
  const watched = await openPage(browser, stack.url, { ...ENGLISH, ...options });
  const writes: string[] = [];
  watched.page.on('request', (request) => {
    if (request.method() !== 'GET') writes.push(`${request.method()} ${request.url()}`);
  });
  await watched.page.goto(path);
  await connected(watched.page);
  return { ...watched, writes };
}

describe('before the first block', () => {
  it('the lab says that there is nothing to tamper with, and where to begin', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    await watched.page.goto('/lab');
    await watched.page.getByText('There is no block yet').waitFor();
    await watched.screenshot('lab-empty');
    await watched.page.getByRole('link', { name: 'Mine a first one' }).click();
    await heading(watched.page, 'Wallets').waitFor();
    await close(watched);
  });
});

describe('a real block in the lab', () => {
  beforeAll(async () => {
    expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
    block = await fullBlock();
  });

  it('comes there from its page and from the menu, and is valid with all behind it', async () => {
    const watched = await openLab(`/block/${block.hash}`);
    const { page } = watched;
    await page.getByRole('link', { name: 'Into the lab' }).click();
    await heading(page, `Tamper lab: block ${block.height}`).waitFor();
    await standingIs(page, 'valid');
    const standings = await Promise.all((await strip(page).all()).map((each) => each.getAttribute('data-standing')));
    expect(new Set(standings)).toEqual(new Set(['valid']));
    expect(standings.length).toBeGreaterThan(2);
    await page.getByRole('navigation').getByRole('link', { name: 'Tamper lab' }).click();
    await page.getByRole('textbox', { name: 'Height or hash' }).fill(String(block.height));
    await page.keyboard.press('Enter');
    await heading(page, `Tamper lab: block ${block.height}`).waitFor();
    await close(watched);
  });

  it.each([
    ['payMore', 'bad-txnmrklroot', 'bad-cb-amount'],
    ['steal', 'bad-txnmrklroot', 'mandatory-script-verify-flag-failed'],
    ['changeAmount', 'bad-txnmrklroot', 'mandatory-script-verify-flag-failed'],
    ['swap', 'bad-txnmrklroot', undefined],
    ['takeOut', 'bad-txnmrklroot', undefined],
    ['timeBack', 'high-hash', 'time-too-old'],
    ['easier', 'high-hash', 'bad-diffbits'],
    ['duplicateLast', 'bad-txns-duplicate', undefined],
  ])('%s breaks %s, and behind the work waits %s', async (tampering, first, behind) => {
    const watched = await openLab();
    const { page } = watched;
    await standingIs(page, 'valid');
    await page.getByTestId(`tamper-${tampering}`).click();
    await wordIs(page, first);
    await page.getByTestId('mend-root').check();
    await page.getByTestId('mend-links').check();
    if (behind !== undefined) await page.getByTestId('behind').getByText(behind).waitFor();
    else if (tampering !== 'duplicateLast') await page.getByTestId('only-work').waitFor();
    else await wordIs(page, 'bad-txns-duplicate');
    if (tampering === 'steal') await watched.screenshot('lab-steal');
    await page.getByTestId('undo').click();
    await standingIs(page, 'valid');
    await close(watched);
  });

  it.each<[string, BrowserContextOptions]>([
    ['light-desktop', { colorScheme: 'light', viewport: { width: 1280, height: 850 } }],
    ['dark-desktop', { colorScheme: 'dark', viewport: { width: 1280, height: 850 } }],
    ['light-phone', { colorScheme: 'light', viewport: { width: 390, height: 800 }, isMobile: true }],
    ['dark-phone', { colorScheme: 'dark', viewport: { width: 390, height: 800 }, isMobile: true }],
  ])('can be used by everybody where a rule is broken, %s', async (way, options) => {
    const watched = await openLab(undefined, { ...options, reducedMotion: 'reduce' });
    const { page } = watched;
    await standingIs(page, 'valid');
    await page.getByTestId('tamper-steal').click();
    await page.getByTestId('mend-root').check();
    await page.getByTestId('behind').waitFor();
    await page.getByTestId('raw').locator('summary').click();
    expect(await seriousFindings(page)).toEqual([]);
    await strip(page).nth(1).click();
    await standingIs(page, 'unlinked');
    expect(await seriousFindings(page)).toEqual([]);
    await watched.screenshot(`lab-${way}`);
    await close(watched);
  });

  it('is changed field by field with the keyboard, marked where it was, and given back', async () => {
    const watched = await openLab();
    const { page } = watched;
    await standingIs(page, 'valid');
    await field(page, 'header.time').fill('noon');
    await page.keyboard.press('Tab');
    await page.getByRole('alert').getByText('A whole number from 0').waitFor();
    await field(page, 'header.time').fill(String(block.time + 1));
    await page.keyboard.press('Enter');
    await wordIs(page, 'high-hash');
    await page.getByTestId('field-header.time').getByText('changed').waitFor();
    await page.getByTestId('field-header.nonce').getByText('A rule breaks here').waitFor();
    await strip(page).first().focus();
    await page.keyboard.press('ArrowRight');
    await standingIs(page, 'unlinked');
    await wordIs(page, 'bad-prevblk');
    await page.getByTestId('field-header.previousBlockHash').getByText('A rule breaks here').waitFor();
    await page.keyboard.press('End');
    await standingIs(page, 'orphaned');
    await watched.screenshot('lab-broken');
    await page.keyboard.press('Home');
    await page.getByRole('button', { name: 'Back to the real block' }).click();
    await standingIs(page, 'valid');
    expect(await field(page, 'header.time').inputValue()).toBe(String(block.time));
    await close(watched);
  });

  it('loses nothing that is being typed when blocks come behind it, and nothing refused outlives what it was typed in', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    const connect = await holdBack(page, '**/v1/events?*');
    await page.goto(`/lab/${block.hash}`);
    await standingIs(page, 'valid');
    const time = field(page, 'header.time');
    await time.fill(String(block.time + 1));
    const behind = await strip(page).count();
    await node.send('POST', '/v1/blocks/generate', { address: (await api.getWallets())[0]?.address, count: 1 });
    connect();
    await strip(page).nth(behind).waitFor();
    expect(await time.inputValue()).toBe(String(block.time + 1));
    await page.keyboard.press('Enter');
    await wordIs(page, 'high-hash');
    await time.fill('noon');
    await page.keyboard.press('Tab');
    await page.getByRole('alert').getByText('A whole number from 0').waitFor();
    await strip(page).nth(1).click();
    await page.getByRole('alert').getByText('A whole number from 0').waitFor({ state: 'hidden' });
    expect(await time.inputValue()).toMatch(/^\d+$/);
    await strip(page).first().click();
    await time.fill('noon');
    await page.getByTestId('reset').click();
    await standingIs(page, 'valid');
    expect(await time.inputValue()).toBe(String(block.time));
    await close(watched);
  });

  it('is changed in its transactions and in its raw bytes, and not signed again without the key', async () => {
    const watched = await openLab();
    const { page } = watched;
    await standingIs(page, 'valid');
    await page.getByRole('button', { name: 'Transaction 1', exact: true }).click();
    await field(page, 'tx.1.out.0.value').fill('1');
    await page.keyboard.press('Enter');
    await wordIs(page, 'bad-txnmrklroot');
    await page.getByTestId('mend-root').check();
    await page.getByTestId('behind').getByText('mandatory-script-verify-flag-failed').waitFor();
    await page.getByTestId('field-tx.1.in.0.signature').getByText('A rule breaks here').waitFor();
    await page.getByTestId('transaction-1').getByRole('button', { name: 'Sign again' }).click();
    await page.getByTestId('signed').getByText('Not possible for input 0').waitFor();
    await page.getByRole('button', { name: 'Remove transaction 1' }).click();
    await page.getByTestId('reset').click();
    await page.getByTestId('raw').locator('summary').click();
    const raw = page.getByTestId('raw').getByRole('textbox');
    const hex = await raw.inputValue();
    expect(hex).toBe(block.hex);
    await raw.fill(hex.slice(0, -2));
    await page.getByTestId('take-raw').click();
    await page.getByTestId('raw').getByText('block-decode-failed').waitFor();
    await raw.fill(`${hex.slice(0, -8)}01000000`);
    await page.getByTestId('take-raw').click();
    await page
      .getByTestId(`transaction-${block.txids.length - 1}`)
      .and(page.locator('[data-fate=changed]'))
      .waitFor();
    await close(watched);
  });
});

describe('mined again', () => {
  it('a tampered block and all behind it are valid, lead a race with the chain that goes on, and never reach it', async () => {
    const before = await chainAsToldByNode();
    const watched = await openLab();
    const { page, writes } = watched;
    await standingIs(page, 'valid');
    await page.getByTestId('tamper-takeOut').click();
    await wordIs(page, 'bad-txnmrklroot');
    await page.getByTestId('mine').click();
    await standingIs(page, 'valid');
    await page.getByText('by the same libraries').waitFor();
    await page.getByTestId('mining').getByText('wasm-simd').waitFor();
    await page.getByTestId('leader').and(page.locator('[data-leader=honest]')).waitFor();
    await page.getByTestId('race-start').click();
    await page.getByTestId('leader').and(page.locator('[data-leader=lab]')).waitFor();
    await watched.screenshot('lab-race');
    expect(await chainAsToldByNode()).toEqual(before);
    const honest = await honestBlocks(page);
    const [wallet] = await api.getWallets();
    await node.send('POST', '/v1/blocks/generate', { address: wallet?.address, count: 3 });
    await expect.poll(() => honestBlocks(page), { timeout: 20_000 }).toBe(honest + 3);
    const after = await chainAsToldByNode();
    await page.getByTestId('leader').and(page.locator('[data-leader=lab]')).waitFor();
    await expect.poll(() => labBlocks(page), { timeout: 20_000 }).toBeGreaterThan(await honestBlocks(page));
    expect(await chainAsToldByNode()).toEqual(after);
    expect(writes).toEqual([]);
    await close(watched);
  });

  it('is stopped where it would take long, and says how likely it was', async () => {
    const watched = await openLab();
    const { page } = watched;
    await standingIs(page, 'valid');
    await field(page, 'header.bits').fill('0x1900ffff');
    await page.keyboard.press('Enter');
    await wordIs(page, 'high-hash');
    await page.getByTestId('mine').click();
    await expect.poll(() => page.getByTestId('mining').innerText(), { timeout: 20_000 }).toMatch(/\d[\d.]* [kM]H\/s/);
    await watched.screenshot('lab-mining');
    await page.getByTestId('stop').click();
    await page.getByTestId('mine').waitFor();
    await page.getByTestId('mining-state').getByText('Not mining, 0 found').waitFor({ state: 'attached' });
    await close(watched);
  });

  it('is only thought of in a race that says so', async () => {
    const watched = await openLab();
    const { page } = watched;
    const simulation = page.getByTestId('simulation');
    await simulation.getByText('simulated', { exact: true }).waitFor();
    await simulation.getByLabel('Seconds between honest blocks').fill('0.1');
    await simulation.getByRole('slider').fill('0');
    await simulation.getByTestId('simulate').click();
    await expect.poll(() => blocksOf(simulation.getByTestId('lane-honest')), { timeout: 20_000 }).toBeGreaterThan(2);
    await close(watched);
  });
});

describe('an answer', () => {
  it('that takes long is waited for with a word, and one that fails is told and asked for again', async () => {
    const watched = await openPage(browser, stack.url, ENGLISH);
    const { page } = watched;
    let [fails, answer] = [true, (): void => undefined];
    const held = new Promise<void>((resolve) => (answer = resolve));
    const unanswered = new Set<Request>();
    page.on('request', (request) => request.url().endsWith('/v1/node') && unanswered.add(request));
    page.on('requestfinished', (request) => unanswered.delete(request));
    await page.route('**/v1/node', async (route) => {
      await held;
      // One that does not pass by itself, so that it is left to the reader to ask again.
      if (fails) await route.fulfill({ status: 500, json: { code: 'internal-error', detail: 'not now' } });
      else await route.continue();
    });
    await watched.faultsDuring(/\/v1\/node/, async () => {
      await page.goto(`/lab/${block.hash}`);
      await page.getByRole('main').getByRole('status').getByText('Loading').waitFor();
      answer();
      await page.getByTestId('problem').getByText('internal-error').waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await seriousFindings(page)).toEqual([]);
      }
      // More than the lab may have asked.
      await expect.poll(() => unanswered.size).toBe(0);
      await page.evaluate('0');
    });
    fails = false;
    await page.getByTestId('problem').getByRole('button', { name: 'Try again' }).click();
    await standingIs(page, 'valid');
    await close(watched);
  });
});

const blocksOf = async (lane: Locator): Promise<number> => Number(/(\d+) blocks?/.exec(await lane.innerText())?.[1]);
const honestBlocks = (page: Page): Promise<number> => blocksOf(page.getByTestId('race').getByTestId('lane-honest'));
const labBlocks = (page: Page): Promise<number> => blocksOf(page.getByTestId('race').getByTestId('lane-lab'));

/** Five payments among wallets, in one block with two on top. */
async function fullBlock(): Promise<BlockEntry> {
  const wallets = await api.getWallets();
  const [first] = wallets;
  const address = first?.address ?? '';
  for (const { address: miner } of wallets.slice(0, 5))
    await node.send('POST', '/v1/blocks/generate', { address: miner, count: 1 });
  for (const [index, { address: from }] of wallets.slice(0, 5).entries())
    await api.send(from, wallets[(index + 1) % wallets.length]?.address ?? '', 1);
  await node.send('POST', '/v1/blocks/generate', { address, count: 3 });
  const { body } = await node.send<BlockList>('GET', '/v1/blocks?limit=1000');
  const found = body.blocks.at(-3);
  if (found?.txids.length !== 6) throw new Error(`the block has ${found?.txids.length ?? 0} transactions, not six`);
  return found;
}
