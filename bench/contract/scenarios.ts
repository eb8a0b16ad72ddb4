/*
 * What is measured: the reset, the five calls at growing heights of one chain, and a payment of 22 inputs.
 * The chain grows as the original's did: the first wallet of the training data pays one unit and mines a block for
 * itself, again and again, so that it also has more coins to choose from the longer the chain is.
 */
import { BlockChain } from '@pocket/sdk';
import { median, rounded } from '../median.ts';
import { stopwatchOf, type Stopwatch } from './stopwatch.ts';

export const SAMPLES = 21;
export const CALLS = ['send', 'mine_block', 'get_wallets', 'get_pool', 'get_blocks'] as const;
export type Call = (typeof CALLS)[number];

/** Median milliseconds of each call. */
export type CallTimes = Record<Call, number>;

export interface Gateway {
  readonly bc: BlockChain;
  readonly stopwatch: Stopwatch;
}

/** A process that has served little is slow because the engine has yet to compile what it runs; then it is steady. */
const WARM_UP_RESETS = 50;
const RESET_BLOCKS = 10;
const INPUTS = 22;
const HEIGHT_OF_MANY_INPUTS = 311;

export function gatewayAt(url: string): Gateway {
  return { bc: new BlockChain({ url }), stopwatch: stopwatchOf(url) };
}

/** Median milliseconds of `reset_system`, the first ones warming up. */
export async function measureReset({ bc, stopwatch }: Gateway): Promise<number> {
  for (let resets = 0; resets < WARM_UP_RESETS; resets++) await bc.resetSystem();
  return medianOf(() => stopwatch.post('/api/reset_system'));
}

/**
 * One chain from the training data on; at each of the ascending `heights` (in blocks, at least 10) the samples begin.
 * Each sample adds a block, so a height stands for itself and the few blocks behind it.
 */
export async function measureHeights(
  gateway: Gateway,
  heights: readonly number[],
  onHeight: (height: number, times: CallTimes) => void,
): Promise<void> {
  await gateway.bc.resetSystem();
  const [payer, payee] = await firstAddresses(gateway.bc);
  let blocks = RESET_BLOCKS;
  for (const height of heights) {
    for (; blocks < height; blocks++) await payAndMine(gateway.bc, payer, payee);
    onHeight(height, await measureCalls(gateway.stopwatch, payer, payee));
    blocks += SAMPLES;
  }
}

export async function firstAddresses(bc: BlockChain): Promise<readonly [string, string]> {
  const [first, second] = await bc.getWallets();
  if (!first || !second) throw new Error('The training data has fewer than two wallets.');
  return [first.address, second.address];
}

export async function payAndMine(bc: BlockChain, payer: string, payee: string): Promise<void> {
  await bc.send(payer, payee, 1);
  await bc.mineBlock(payer);
}

async function measureCalls(stopwatch: Stopwatch, payer: string, payee: string): Promise<CallTimes> {
  const samples: CallTimes[] = [];
  while (samples.length < SAMPLES) {
    samples.push({
      send: await stopwatch.post('/api/send', { from: payer, to: payee, amount: 1 }),
      get_pool: await stopwatch.get('/api/get_pool'),
      mine_block: await stopwatch.post('/api/mine_block', { address: payer, txAmount: 5 }),
      get_wallets: await stopwatch.get('/api/get_wallets'),
      get_blocks: await stopwatch.get('/api/get_blocks'),
    });
  }
  const medians = CALLS.map((call) => [call, rounded(median(samples.map((sample) => sample[call])))]);
  return Object.fromEntries(medians) as CallTimes;
}

/**
 * Median milliseconds of `send` when it spends 22 outputs, at height 311. Each sample has a saver of its own, who got
 * 22 times one unit from a funder of its own, all funders paying into the same 22 blocks.
 */
export async function measureManyInputs({ bc, stopwatch }: Gateway): Promise<number> {
  await bc.resetSystem();
  const [payer, payee] = await firstAddresses(bc);
  const funders = await newWallets(bc, SAMPLES);
  const savers = await newWallets(bc, SAMPLES);
  await mineForEach(bc, funders, HEIGHT_OF_MANY_INPUTS - RESET_BLOCKS - INPUTS);
  for (let paid = 0; paid < INPUTS; paid++) {
    await Promise.all(funders.map((funder, i) => bc.send(funder, savers[i] ?? payer, 1)));
    await bc.mineBlock(payer, SAMPLES + 2);
  }
  const remaining = savers.values();
  const elapsedMs = await medianOf(() =>
    stopwatch.post('/api/send', { from: remaining.next().value, to: payee, amount: INPUTS }),
  );
  await checkInputs(bc, savers);
  return elapsedMs;
}

async function newWallets(bc: BlockChain, count: number): Promise<string[]> {
  const addresses: string[] = [];
  while (addresses.length < count) addresses.push(await bc.newWallet());
  return addresses;
}

/** So many blocks, their rewards dealt out in turn. */
async function mineForEach(bc: BlockChain, addresses: readonly string[], blocks: number): Promise<void> {
  for (let mined = 0; mined < blocks; mined++) await bc.mineBlock(addresses[mined % addresses.length] ?? '');
}

/** The figure would mean nothing if the payments had fewer inputs. */
async function checkInputs(bc: BlockChain, payers: readonly string[]): Promise<void> {
  const payments = (await bc.getPool()).filter(({ fromAddr }) => payers.includes(fromAddr));
  const right = payments.filter(({ transaction }) => transaction?.inputs.length === INPUTS);
  if (right.length !== payers.length)
    throw new Error(`${right.length} payments of ${INPUTS} inputs, not ${payers.length}.`);
}

async function medianOf(measure: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  while (times.length < SAMPLES) times.push(await measure());
  return rounded(median(times));
}
