/*
 * The searches in a real browser, bundled as a web page would bundle them: against each other, against the reference in
 * Node, and against blocks that Bitcoin's miners really found; in a page, in its worker, and where WebAssembly is forbidden.
 */
import { build } from 'esbuild';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createReferenceSearch } from '@pocket/pow';
import { startChromium, type Browser, type Page } from '@pocket/testkit/chromium';
import { BLOCKS, GENESIS } from './bitcoin-blocks.ts';
import type * as inPage from './in-page.ts';
import type { Question } from './in-page.ts';

/** The bundle's name in the page. */
declare const pow: typeof inPage;

const SEED = 20_262;
const NONCE_END = 4_294_967_296;
const SITE = 'http://pocket.test';
const RUN_ALL = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
const NO_WASM = "script-src 'self'";

let browser: Browser;
let script: string;

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [new URL('in-page.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'pow',
    minify: true,
  });
  script = bundle.outputFiles.map(({ text }) => text).join('');
  browser = await startChromium();
  return () => browser.close();
});

describe('the searches in a browser', () => {
  it('find the nonces that Bitcoin’s miners found, and none below a hash', async () => {
    const page = await openPage(RUN_ALL);
    const around = BLOCKS.map(({ nonce, ...block }) => question(block, nonce - 2_000, nonce + 500));
    const below = BLOCKS.map(({ header, hash, nonce }) => question({ header, target: hash - 1n }, nonce, nonce + 1));
    const nonces = [...BLOCKS.map(({ nonce }) => nonce), ...BLOCKS.map(() => undefined)];
    expect(await page.evaluate((asked) => pow.findings(asked), [...around, ...below])).toEqual({
      'wasm-simd': nonces,
      wasm: nonces,
      reference: nonces,
    });
  });

  it('agree with each other and with the reference in Node, in any header, at any target, in any range', async () => {
    const page = await openPage(RUN_ALL);
    const questions = fc.sample(anyQuestion(), { seed: SEED, numRuns: 500 });
    const { search } = createReferenceSearch();
    const expected = questions.map(({ header, target, from, to }) => search(Uint8Array.from(header), target, from, to));
    expect(expected.filter((nonce) => nonce !== undefined).length).toBeGreaterThan(100);
    expect(expected.filter((nonce) => nonce === undefined).length).toBeGreaterThan(50);
    expect(await page.evaluate((asked) => pow.findings(asked), questions)).toEqual({
      'wasm-simd': expected,
      wasm: expected,
      reference: expected,
    });
  });
});

describe('the search that a page gets', () => {
  const genesis = question(GENESIS, GENESIS.nonce - 100, NONCE_END);

  it('is four lanes of WebAssembly', async () => {
    const page = await openPage(RUN_ALL);
    expect(await page.evaluate((asked) => pow.chosen(asked), genesis)).toEqual(['wasm-simd', GENESIS.nonce]);
  });

  it('is the same in a worker of the page', async () => {
    const page = await openPage(RUN_ALL);
    const started = page.waitForEvent('worker');
    await page.evaluate(`new Worker('/pow.js')`);
    const worker = await started;
    expect(await worker.evaluate((asked) => pow.chosen(asked), genesis)).toEqual(['wasm-simd', GENESIS.nonce]);
  });

  it('is plain JavaScript where the page’s policy forbids WebAssembly', async () => {
    const page = await openPage(NO_WASM);
    expect(await page.evaluate((asked) => pow.chosen(asked), genesis)).toEqual(['reference', GENESIS.nonce]);
  });
});

/** A page of our own site with the bundle in it, under the given content security policy; nothing goes over a network. */
async function openPage(policy: string): Promise<Page> {
  const page = await browser.newPage();
  await page.route(`${SITE}/**`, (route) =>
    new URL(route.request().url()).pathname === '/pow.js'
      ? route.fulfill({ contentType: 'text/javascript', headers: { 'content-security-policy': policy }, body: script })
      : route.fulfill({
          contentType: 'text/html',
          headers: { 'content-security-policy': policy },
          body: '<!doctype html><script src="/pow.js"></script>',
        }),
  );
  await page.goto(SITE);
  return page;
}

function question({ header, target }: { header: Uint8Array; target: bigint }, from: number, to: number): Question {
  return { header: [...header], target, from, to };
}

function anyQuestion(): fc.Arbitrary<Question> {
  const header = fc.uint8Array({ minLength: 80, maxLength: 80 });
  const target = fc.integer({ min: 0, max: 12 }).chain((bits) => fc.bigInt(0n, (2n ** 256n - 1n) >> BigInt(bits)));
  const from = fc.oneof(
    fc.integer({ min: 0, max: NONCE_END - 1 }),
    fc.integer({ min: NONCE_END - 17, max: NONCE_END }),
  );
  return fc
    .tuple(header, target, from, fc.integer({ min: 0, max: 150 }))
    .map(([bytes, goal, start, length]) =>
      question({ header: bytes, target: goal }, start, Math.min(start + length, NONCE_END)),
    );
}
