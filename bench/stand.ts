/*
 * What a long chain costs the test stand's pages in a real browser: elements in the document, memory of the scripts, and
 * milliseconds until a page is at rest, before and after it was scrolled to its end, on a short chain and on a long one.
 * Run: npm run bench -- stand [lengths in blocks, ascending; default 100 10000]
 */
import { StackError } from '@pocket/stack';
import { startChromium, type Browser, type Page } from '@pocket/testkit/chromium';
import { atRest } from '@pocket/testkit/stand';
import { openOwnGateway } from './contract/own-stack.ts';

const PATHS = ['/blocks', '/chainstate', '/branches', '/events'] as const;
const AT_ONCE = 500;
const SCREENS = 40;
const MEGABYTE = 1_000_000;

interface Weight {
  elements: number;
  heapMb: number;
  restMs: number;
}
type Weights = Record<string, { opened: Weight; scrolled: Weight }>;

async function post<T>(url: string, path: string, body?: object): Promise<T> {
  const sent =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url + path, { method: 'POST', ...sent });
  if (!response.ok) throw new StackError(`${path} was refused with ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Each block pays the same address, so that the unspent coins grow with the chain. */
async function growTo(url: string, address: string, from: number, length: number): Promise<void> {
  for (let made = from; made < length; made += AT_ONCE) {
    const count = Math.min(AT_ONCE, length - made);
    await post(url, '/v1/blocks/generate', { address, count });
    console.log(`${made + count} blocks`);
  }
}

/** After the garbage has been taken out. */
async function weigh(page: Page, restMs: number): Promise<Weight> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  const elements = await page.evaluate<number>(`document.querySelectorAll('*').length`);
  return { elements, heapMb: Number((usedSize / MEGABYTE).toFixed(1)), restMs: Math.round(restMs) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Screen by screen, each shown, and then the very end. */
async function scroll(page: Page): Promise<void> {
  for (let screen = 0; screen < SCREENS; screen++) {
    await page.keyboard.press('PageDown');
    await atRest(page);
  }
  await page.keyboard.press('End');
  await atRest(page);
}

async function weighAll(browser: Browser, url: string): Promise<Weights> {
  const weights: Weights = {};
  for (const path of PATHS) {
    const page = await browser.newPage({
      baseURL: url,
      reducedMotion: 'reduce',
      viewport: { width: 1280, height: 850 },
    });
    const opened = await timed(async () => {
      await page.goto(path);
      await atRest(page);
    });
    const before = await weigh(page, opened);
    const after = await timed(() => scroll(page));
    weights[path] = { opened: before, scrolled: await weigh(page, after / (SCREENS + 1)) };
    await page.close();
  }
  return weights;
}

function print(length: number, weights: Weights): void {
  console.log(`\n${length} blocks     elements  heap, MB  rest, ms   scrolled: elements  heap, MB  rest, ms`);
  const columns = ({ elements, heapMb, restMs }: Weight): string =>
    `${String(elements).padStart(10)}${String(heapMb).padStart(10)}${String(restMs).padStart(10)}`;
  for (const [path, { opened, scrolled }] of Object.entries(weights))
    console.log(`${path.padEnd(14)}${columns(opened)}          ${columns(scrolled)}`);
}

function lengthsOf(words: readonly string[]): number[] {
  const lengths = words.length > 0 ? words.map(Number) : [100, 10_000];
  if (!lengths.every((length, index) => Number.isInteger(length) && length > (lengths[index - 1] ?? 0)))
    throw new RangeError('Lengths are whole numbers from 1 on, ascending.');
  return lengths;
}

async function main(words: readonly string[]): Promise<void> {
  const lengths = lengthsOf(words);
  const own = await openOwnGateway();
  const browser = await startChromium();
  try {
    const { data: address } = await post<{ data: string }>(own.url, '/api/new_wallet');
    const all: Record<number, Weights> = {};
    for (const [index, length] of lengths.entries()) {
      await growTo(own.url, address, lengths[index - 1] ?? 0, length);
      print(length, (all[length] = await weighAll(browser, own.url)));
    }
    console.log(`\n${JSON.stringify({ bench: 'stand', lengths: all })}`);
  } finally {
    await browser.close();
    await own.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof RangeError || error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
