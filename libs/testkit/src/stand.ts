/**
 * The pages of the test stand for whoever goes through all of them: what axe looks at and what is photographed is this one
 * list, a line for each page. And when a page that is driven from outside has come to rest.
 */
import type { BlockEntry, BlockList, EventPage, WalletEntry } from '@pocket/contracts';
import type { BrowserContextOptions, Page } from 'playwright-core';

/** What the addresses of pages are made of, from a chain with the training data. */
interface Known {
  tip: BlockEntry;
  /** The fullest one, and one of its payments. */
  block: BlockEntry;
  txid: string;
  address: string;
  /** An event of the chain, as `log:position`. */
  place: string;
}

interface ListedPage {
  name: string;
  path: (known: Known) => string;
  /** Whether the first row of its list is opened. */
  opened?: true;
}

const PAGES: readonly ListedPage[] = [
  { name: 'home', path: () => '/' },
  { name: 'system', path: () => '/system' },
  { name: 'wallets', path: () => '/wallets', opened: true },
  { name: 'blocks', path: () => '/blocks', opened: true },
  { name: 'chainstate', path: () => '/chainstate', opened: true },
  { name: 'pool', path: () => '/pool', opened: true },
  { name: 'branches', path: () => '/branches' },
  { name: 'events', path: () => '/events', opened: true },
  { name: 'event', path: ({ place }) => `/events/${place.replace(':', '/')}` },
  { name: 'block', path: ({ block }) => `/block/${block.hash}` },
  { name: 'merkle', path: ({ block, txid }) => `/block/${block.hash}/merkle?tx=${txid}` },
  { name: 'transaction', path: ({ txid }) => `/transaction/${txid}` },
  { name: 'flight', path: ({ txid }) => `/flight/${txid}` },
  { name: 'payment', path: ({ txid }) => `/payment/${txid}` },
  { name: 'address', path: ({ address }) => `/address/${address}` },
  { name: 'mining', path: () => '/mining' },
  { name: 'hand-in', path: () => '/hand-in' },
  { name: 'lab', path: () => '/lab' },
  { name: 'lab-block', path: ({ block }) => `/lab/${block.hash}` },
  { name: 'search', path: () => '/search?q=nothing' },
  { name: 'past', path: ({ place }) => `/wallets?atEvent=${place}` },
  { name: 'not-found', path: () => '/nowhere' },
];

const desktop = { viewport: { width: 1280, height: 850 } };
const phone = { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true };

/** How the stand is looked at: both colours on both sizes. Nothing moves. */
export const STAND_WINDOWS: Readonly<Record<string, BrowserContextOptions>> = {
  'light-desktop': { ...desktop, colorScheme: 'light', reducedMotion: 'reduce' },
  'dark-desktop': { ...desktop, colorScheme: 'dark', reducedMotion: 'reduce' },
  'light-phone': { ...phone, colorScheme: 'light', reducedMotion: 'reduce' },
  'dark-phone': { ...phone, colorScheme: 'dark', reducedMotion: 'reduce' },
};

export interface StandPage {
  name: string;
  path: string;
  /** Loads it, opens what is to be opened, and waits until the page has come to rest. */
  open: (page: Page) => Promise<void>;
  /** The same from another page of the stand, as by a link: nothing is loaded again. */
  turnTo: (page: Page) => Promise<void>;
}

/** The training data, and a branch that has lost against the best chain, so that every page has something to show. */
export async function fillStand(url: string): Promise<void> {
  const post = async (path: string, body?: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    const response = await fetch(url + path, { method: 'POST', ...sent });
    if (!response.ok) throw new Error(`${path} was refused with ${response.status}: ${await response.text()}`);
  };
  await post('/api/reset_system');
  const { tip, address } = await knownAt(url);
  await post(`/v1/blocks/${tip.hash}/invalidate`);
  for (let made = 0; made < 2; made++) await post('/v1/blocks/generate', { address, txids: [] });
  await post(`/v1/blocks/${tip.hash}/reconsider`);
}

/** @param url the address of a gateway whose stand was filled, without a slash at its end. */
export async function standPages(url: string): Promise<StandPage[]> {
  const known = await knownAt(url);
  return PAGES.map(({ name, path, opened }) => {
    const address = path(known);
    const settle = async (page: Page): Promise<void> => {
      await atRest(page);
      if (opened !== true) return;
      await page.locator('main button[aria-expanded=false]').first().click();
      await atRest(page);
    };
    const open = async (page: Page): Promise<void> => {
      await page.goto(address);
      await settle(page);
    };
    const turnTo = async (page: Page): Promise<void> => {
      await page.evaluate(`history.pushState(null, '', '${address}'), dispatchEvent(new PopStateEvent('popstate'))`);
      await page.locator(`.frame[data-address='${address}']`).waitFor({ timeout: WITHIN_MS });
      await settle(page);
    };
    return { name, path: address, open, turnTo };
  });
}

async function knownAt(url: string): Promise<Known> {
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T;
  const { blocks } = await ask<BlockList>('/v1/blocks?limit=1000');
  const [wallet] = await ask<WalletEntry[]>('/v1/wallets');
  const { events } = await ask<EventPage>('/v1/events?type=BlockConnected&order=desc&limit=1');
  const block = blocks.toSorted((one, other) => other.txids.length - one.txids.length)[0];
  const [tip, txid, event] = [blocks.at(-1), block?.txids[1], events[0]];
  if (tip === undefined || block === undefined || txid === undefined || wallet === undefined || event === undefined)
    throw new Error(`the chain at ${url} holds no training data`);
  return { tip, block, txid, address: wallet.address, place: `${event.service}:${event.position - 3}` };
}

const WITHIN_MS = 20_000;
/** As a text, for it runs in the page. What moves without end is waited for by nobody. */
const STILL = `(async () => {
  const ends = document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime < Infinity);
  await Promise.all(ends.map((each) => each.finished.catch(() => undefined)));
  for (const _ of [1, 2]) await new Promise((resolve) => requestAnimationFrame(resolve));
  return document.querySelector('.frame')?.dataset.questions === '0';
})()`;

/**
 * Until the page is there, hears the events, has no question under way, and nothing in it moves: what it shows stays until
 * something happens. Throws where it does not come to that in time.
 */
export async function atRest(page: Page): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  await page.locator('h1').first().waitFor({ timeout: WITHIN_MS });
  await page.locator('[data-test=connection][data-state=connected]').waitFor({ timeout: WITHIN_MS });
  await page.waitForLoadState('load', { timeout: WITHIN_MS });
  while (!(await page.evaluate<boolean>(STILL)))
    if (Date.now() > end) throw new Error(`the page ${page.url()} does not come to rest`);
}
