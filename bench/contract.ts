/*
 * The speed of the original's calls through the gateway, with all five services and real servers behind it.
 * Uses the gateway at POCKET_URL (and replaces its chain!), else starts a stack of its own in a temporary folder.
 * Run: npm run bench -- contract [heights in blocks, ascending; default 10 100 300 1000]
 */
import { PocketError } from '@pocket/sdk';
import { StackError } from '@pocket/stack';
import { openGateway } from './contract/own-stack.ts';
import { growthTableOf, jsonOf, tableOf, type Figures } from './contract/report.ts';
import {
  gatewayAt,
  measureHeights,
  measureManyInputs,
  measureReset,
  SAMPLES,
  type CallTimes,
} from './contract/scenarios.ts';

async function measure(url: string, wanted: readonly number[]): Promise<Figures> {
  const gateway = gatewayAt(url);
  const heights = new Map<number, CallTimes>();
  console.log('Resetting …');
  const resetSystem = await measureReset(gateway);
  await measureHeights(gateway, wanted, (height, times) => {
    heights.set(height, times);
    console.log(`Measured at height ${height}.`);
  });
  console.log('Saving up 22 outputs …');
  const manyInputs = await measureManyInputs(gateway);
  await gateway.stopwatch.close();
  return { resetSystem, heights, manyInputs };
}

function heightsOf(words: readonly string[]): number[] {
  const heights = words.length > 0 ? words.map(Number) : [10, 100, 300, 1_000];
  const farEnough = (height: number, i: number): boolean => height >= (heights[i - 1] ?? 10 - SAMPLES) + SAMPLES;
  if (!heights.every((height, i) => Number.isInteger(height) && farEnough(height, i))) {
    throw new RangeError(`Heights are whole numbers from 10 on, ascending by ${SAMPLES} or more.`);
  }
  return heights;
}

async function main(words: readonly string[]): Promise<void> {
  const heights = heightsOf(words);
  const gateway = await openGateway();
  try {
    const figures = await measure(gateway.url, heights);
    console.log(`\n${tableOf(figures)}\n\n${growthTableOf(figures)}\n\n${jsonOf(figures)}`);
  } finally {
    await gateway.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const foreseen = error instanceof RangeError || error instanceof StackError || error instanceof PocketError;
  if (!foreseen) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
