/*
 * What it costs to ask for the past: a first question, a step forward and a step backward on a chain of 1,000 blocks with
 * a payment in each, through the gateway, with all services and real servers behind it.
 * Run: npm run bench -- past [heights, ascending; default 10 300 1000]
 */
import { StackError } from '@pocket/stack';
import { openOwnGateway } from './contract/own-stack.ts';
import { firstAddresses, gatewayAt, payAndMine, type Gateway } from './contract/scenarios.ts';
import { median, rounded } from './median.ts';

const STEPS = 11;
const RESET_BLOCKS = 10;
const CALLS = ['chainstate', 'wallets', 'pool'] as const;
const KINDS = ['cold', 'forward', 'backward'] as const;

/** Milliseconds of each call. */
type CallTimes = Record<(typeof CALLS)[number], number>;
type HeightTimes = Record<(typeof KINDS)[number], CallTimes>;

async function ask({ stopwatch }: Gateway, height: number): Promise<CallTimes> {
  const times: [string, number][] = [];
  for (const call of CALLS) times.push([call, await stopwatch.get(`/v1/${call}?at=${height}`)]);
  return Object.fromEntries(times) as CallTimes;
}

/** The median of each call over questions at these heights, one after the other. */
async function medians(gateway: Gateway, heights: readonly number[]): Promise<CallTimes> {
  const samples: CallTimes[] = [];
  for (const height of heights) samples.push(await ask(gateway, height));
  const middle = CALLS.map((call) => [call, rounded(median(samples.map((sample) => sample[call])))] as const);
  return Object.fromEntries(middle) as CallTimes;
}

/** The highest comes first, so that nothing that was folded for another height is of use. */
async function measureCold(gateway: Gateway, heights: readonly number[]): Promise<Map<number, CallTimes>> {
  const cold = new Map<number, CallTimes>();
  for (const height of heights.toReversed()) cold.set(height, await medians(gateway, [height]));
  return cold;
}

async function measureSteps(gateway: Gateway, height: number): Promise<Omit<HeightTimes, 'cold'>> {
  await ask(gateway, height);
  const steps = Array.from({ length: STEPS }, (_, index) => height + 1 + index);
  return { forward: await medians(gateway, steps), backward: await medians(gateway, steps.toReversed().slice(1)) };
}

async function measure(gateway: Gateway, heights: readonly number[]): Promise<Map<number, HeightTimes>> {
  await gateway.bc.resetSystem();
  const [payer, payee] = await firstAddresses(gateway.bc);
  const blocks = Math.max(...heights) + STEPS + 1;
  console.log(`Making ${blocks} blocks …`);
  for (let made = RESET_BLOCKS; made < blocks; made++) await payAndMine(gateway.bc, payer, payee);
  const cold = await measureCold(gateway, heights);
  const all = new Map<number, HeightTimes>();
  for (const height of heights) {
    const first = cold.get(height);
    if (first !== undefined) all.set(height, { cold: first, ...(await measureSteps(gateway, height)) });
  }
  return all;
}

function heightsOf(words: readonly string[]): number[] {
  const heights = words.length > 0 ? words.map(Number) : [10, 300, 1_000];
  if (!heights.every((height, index) => Number.isInteger(height) && height > (heights[index - 1] ?? -1)))
    throw new RangeError('Heights are whole numbers from 0 on, ascending.');
  return heights;
}

function print(all: Map<number, HeightTimes>): void {
  console.log(`\nms        ${CALLS.map((call) => call.padStart(12)).join('')}`);
  for (const [height, times] of all)
    for (const kind of KINDS)
      console.log(
        `${`${height} ${kind}`.padEnd(14)}${CALLS.map((call) => String(times[kind][call]).padStart(12)).join('')}`,
      );
  console.log(`\n${JSON.stringify({ bench: 'past', unit: 'ms', steps: STEPS, heights: Object.fromEntries(all) })}`);
}

async function main(words: readonly string[]): Promise<void> {
  const heights = heightsOf(words);
  const own = await openOwnGateway();
  const gateway = gatewayAt(own.url);
  try {
    print(await measure(gateway, heights));
  } finally {
    await gateway.stopwatch.close();
    await own.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof RangeError || error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
