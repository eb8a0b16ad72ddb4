/*
 * The speed of the nonce searches: every one that runs here beside the same work in plain C (pow/yardstick.c) and beside
 * noble's SHA-256, at a target that is never met; and one thread beside two. All take turns in short slices, so that a
 * busy moment of the machine falls on all of them; ratios are taken within each round. Then the search that the default
 * network needs for a block, 4,096 hashes, as the first thing and later on. Run: npm run bench -- pow
 */
import { median, rounded } from './median.ts';
import {
  BLOCK_HASHES,
  blockMs,
  noble,
  searchesHere,
  searching,
  type Contestant,
  type Loaded,
} from './pow/contestant.ts';
import { printBlocks, printRates, printRatios, type BlockTimes, type Comparison, type Rates } from './pow/report.ts';
import { startThreads } from './pow/threads.ts';
import { startYardstick, type Yardstick } from './pow/yardstick.ts';

const ROUNDS = 50;
const SLICE_MS = 25;

const COMPARISONS: readonly Comparison[] = [
  ['wasm-simd', 'reference', 25],
  ['wasm-simd', 'noble', 25],
  ['wasm-simd', 'c-4-lanes', 0.85],
  ['wasm-simd', 'c-4-lanes-avx', 0.85],
  ['native-sha-ni', 'c-sha-ni', 0.9],
  ['native-avx2', 'c-8-lanes-avx2', 0.9],
  ['native-portable', 'c-4-lanes', 0.9],
  ['native-sha-ni', 'noble'],
];

async function yardstickHere(): Promise<Yardstick> {
  try {
    return await startYardstick();
  } catch (error) {
    console.log(`no yardstick here: ${error instanceof Error ? error.message : String(error)}`);
    return { loops: [], twice: undefined, close: () => undefined };
  }
}

async function takeTurns(contestants: readonly Contestant[]): Promise<Rates> {
  const rates = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const contestant of contestants) {
      const rate = await contestant.rate(SLICE_MS);
      if (round > 0) rates.get(contestant.name)?.push(rate); // the first round warms up
    }
  }
  return rates;
}

function blockTimes({ nonceSearch, coldMs }: Loaded): [string, BlockTimes] {
  const warmMs = median(Array.from({ length: ROUNDS }, () => blockMs(nonceSearch)));
  return [nonceSearch.name, { coldMs: rounded(coldMs), warmMs: rounded(warmMs) }];
}

const searches = await searchesHere();
const names = searches.map(({ nonceSearch }) => nonceSearch.name);
const yardstick = await yardstickHere();
const threads = await startThreads();

/** The fastest search and, where that is another, WebAssembly's. */
const threaded = [...new Set([names[0], names.find((name) => name === 'wasm-simd')])].filter(
  (name) => name !== undefined,
);
const inThreads = threaded.flatMap((name) => [
  [threads.searchingIn(1, name), threads.searchingIn(2, name)] as const,
  [threads.searchingIn(1, name, 'the clock'), threads.searchingIn(2, name, 'the clock')] as const,
]);
const { loops, twice } = yardstick;
const rates = await takeTurns([
  ...searches.map(({ nonceSearch }) => searching(nonceSearch)),
  noble(),
  ...inThreads.flat(),
  ...loops,
  ...(twice ?? []),
]);
yardstick.close();
await threads.close();

const figures = printRates(rates);
const ratios = printRatios(rates, [
  ...COMPARISONS,
  ...inThreads.map(([one, two]): Comparison => [two.name, one.name, 1.9]),
  ...(twice === undefined ? [] : [[twice[1].name, twice[0].name] as const]),
]);
const blocks = Object.fromEntries(searches.map(blockTimes));
printBlocks(BLOCK_HASHES, blocks);
console.log(JSON.stringify({ bench: 'pow', unit: 'MH/s', rounds: ROUNDS, rates: figures, ratios, blocks }));
