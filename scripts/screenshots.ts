/**
 * `npm run screenshots`: starts a system of its own with the training data, photographs every page of the test stand, light
 * and dark, as a desktop and as a phone show it, into docs/screenshots, and writes the gallery there. Nothing of it runs
 * on when it ends.
 */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root, StackError } from '@pocket/stack';
import { startChromium, type Browser, type Page } from '@pocket/testkit/chromium';
import { fillStand, STAND_WINDOWS, standPages, type StandPage } from '@pocket/testkit/stand';
import { openOwnGateway } from '../bench/contract/own-stack.ts';

const FOLDER = join(root, 'docs/screenshots');
const QUALITY = 62;
const KILOBYTE = 1_000;

/** What the window shows, as WebP, which is a third of a PNG. */
async function photograph(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  await session.detach();
  return Buffer.from(data, 'base64');
}

const fileOf = (name: string, way: string): string => `${name}-${way}.webp`;

/** Bytes written. */
async function photographAll(browser: Browser, url: string, pages: readonly StandPage[]): Promise<number> {
  let bytes = 0;
  for (const [way, options] of Object.entries(STAND_WINDOWS)) {
    const context = await browser.newContext({ baseURL: url, locale: 'en-GB', ...options });
    const page = await context.newPage();
    for (const { name, open } of pages) {
      await open(page);
      const picture = await photograph(page);
      await writeFile(join(FOLDER, fileOf(name, way)), picture);
      bytes += picture.length;
    }
    await context.close();
    console.log(`${way}: ${pages.length} pages`);
  }
  return bytes;
}

function gallery(pages: readonly StandPage[]): string {
  const ways = Object.keys(STAND_WINDOWS);
  const sections = pages.map(({ name }) =>
    [`## ${name}`, '', ...ways.map((way) => `![${name}, ${way}](${fileOf(name, way)})`), ''].join('\n'),
  );
  const head = [
    '# The test stand in pictures',
    '',
    'Every page with the training data, light and dark, as a desktop and as a phone show it. `npm run screenshots` makes them anew',
    'from a system of its own; the pages are the list in [stand.ts](../../libs/testkit/src/stand.ts), which the tests look at too.',
    '',
  ].join('\n');
  return [head, ...sections].join('\n');
}

async function empty(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pictures = (await readdir(folder)).filter((file) => file.endsWith('.webp'));
  for (const picture of pictures) await rm(join(folder, picture));
}

async function main(): Promise<void> {
  const own = await openOwnGateway();
  try {
    await fillStand(own.url);
    const pages = await standPages(own.url);
    await empty(FOLDER);
    const browser = await startChromium();
    try {
      const bytes = await photographAll(browser, own.url, pages);
      await writeFile(join(FOLDER, 'README.md'), gallery(pages));
      const pictures = pages.length * Object.keys(STAND_WINDOWS).length;
      console.log(`${pictures} pictures of ${(bytes / KILOBYTE).toFixed(0)} kB together are in docs/screenshots.`);
    } finally {
      await browser.close();
    }
  } finally {
    await own.close();
  }
}

await main().catch((error: unknown) => {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
