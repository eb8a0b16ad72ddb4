/*
 * How much a node takes from strangers, through the gateway and committed to disk: transactions one by one and in arrays,
 * big blocks, and small blocks on a growing chain with many coins. Starts a stack of its own in a temporary folder.
 * Run: npm run bench -- node [heights in blocks, ascending; default 200 1000 10000]
 */
import type { NamedCoin, Transaction } from '@pocket/chain';
import { useFastestCryptography } from '@pocket/crypto/native';
import { paymentOf } from './connect/blocks.ts';
import { openOwnGateway } from './contract/own-stack.ts';
import { median, rounded } from './median.ts';
import { nodeClient } from './node/client.ts';
import { hexOf, OutsideChain } from './node/outside-chain.ts';

const ROUNDS = 5;
const SINGLE_CONNECTIONS = 8;
const SINGLE_PER_ROUND = 1_000;
const ARRAY_CONNECTIONS = 4;
const ARRAYS_PER_ROUND = 20;
const PER_ARRAY = 100;
const PER_BLOCK = 2_000;
const UNSPENT_COINS = 100_000;
const PAYMENTS_IN_SMALL_BLOCK = 20;
const SMALL_BLOCKS = 21;

/** What was measured beside it on such a machine. */
const BESIDE = {
  single: { goal: 800, 'Bitcoin Core, 8 connections': 1_900, bcoin: 980 },
  arrays: { goal: 2_500 },
  connect: { goal: 3_300, bcoin: 3_300 },
};

await useFastestCryptography();
const heights = heightsOf(process.argv.slice(2));
const gateway = await openOwnGateway({ POCKET_NETWORK: 'bitcoin-regtest' });
const single = nodeClient(gateway.url, SINGLE_CONNECTIONS);
const arrays = nodeClient(gateway.url, ARRAY_CONNECTIONS);
const miner = nodeClient(gateway.url, 1);
try {
  const chain = new OutsideChain(miner);
  console.log('Making coins …');
  const coins = await chain.makeCoins(ROUNDS * (SINGLE_PER_ROUND + ARRAYS_PER_ROUND * PER_ARRAY + PER_BLOCK));
  const take = payments(coins);
  const perSecond = {
    single: await rounds(() => {
      const bodies = take(SINGLE_PER_ROUND).map((payment) => JSON.stringify(hexOf(payment)));
      return { count: SINGLE_PER_ROUND, run: () => single.postAll('/v1/transactions', bodies, 201) };
    }),
    arrays: await rounds(() => {
      const bodies = Array.from({ length: ARRAYS_PER_ROUND }, () => JSON.stringify(take(PER_ARRAY).map(hexOf)));
      return { count: ARRAYS_PER_ROUND * PER_ARRAY, run: () => arrays.postAll('/v1/transactions', bodies, 207) };
    }),
    connect: await rounds(() => {
      const block = take(PER_BLOCK);
      return { count: PER_BLOCK, run: () => chain.add(block) };
    }),
  };
  for (const [name, value] of Object.entries(perSecond)) {
    const beside = Object.entries(BESIDE[name as keyof typeof BESIDE]).map(([whose, figure]) => `${whose} ${figure}`);
    console.log(`${name.padEnd(8)} ${String(Math.round(value)).padStart(6)} transactions/s   (${beside.join(', ')})`);
  }
  const growth = await measureGrowth(chain);
  console.log(JSON.stringify({ bench: 'node', unit: 'transactions/s', ...perSecond, smallBlockMs: growth }));
} finally {
  await Promise.all([single, arrays, miner].map((client) => client.close()));
  await gateway.close();
}

function payments(coins: readonly NamedCoin[]): (count: number) => Transaction[] {
  let next = 0;
  return (count) => coins.slice(next, (next += count)).map(paymentOf);
}

/** The median over all rounds; each prepares outside the measured time. */
async function rounds(prepare: () => { count: number; run: () => Promise<number> }): Promise<number> {
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { count, run } = prepare();
    figures.push((count / (await run())) * 1_000);
  }
  return rounded(median(figures));
}

/** Milliseconds for a block of a few payments at each height, medians. */
async function measureGrowth(chain: OutsideChain): Promise<Record<number, number>> {
  console.log(`Making ${UNSPENT_COINS} coins …`);
  const take = payments(await chain.makeCoins(UNSPENT_COINS));
  const figures: Record<number, number> = {};
  for (const height of heights) {
    await chain.growTo(height);
    const times: number[] = [];
    for (let block = 0; block < SMALL_BLOCKS; block++) times.push(await chain.add(take(PAYMENTS_IN_SMALL_BLOCK)));
    figures[chain.height] = rounded(median(times));
    console.log(
      `a block of ${PAYMENTS_IN_SMALL_BLOCK} payments at height ${chain.height}: ${figures[chain.height]} ms`,
    );
  }
  return figures;
}

function heightsOf(words: readonly string[]): number[] {
  return words.length > 0 ? words.map(Number) : [300, 1_000, 10_000];
}
