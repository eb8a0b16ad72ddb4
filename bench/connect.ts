/*
 * The speed of connecting blocks, pure, one thread: a big block stage by stage, and small ones on a growing chain.
 * Blocks are real: signed payments, Merkle roots, proof of work at regtest's target. Run: npm run bench -- connect
 */
import { useFastestCryptography } from '@pocket/crypto/native';
import { measureGrowth } from './connect/growth.ts';
import { measureStages } from './connect/stages.ts';
import { rounded } from './median.ts';

const PAYMENTS = 2_000;
const ROUNDS = 15;
const HEIGHTS = [100, 1_000, 10_000];
const UNSPENT_COINS = 100_000;

const { secp256k1, hashes } = await useFastestCryptography();
console.log(`signatures by ${secp256k1.name}, hashes by ${hashes.name}`);

const stages = measureStages(PAYMENTS, ROUNDS);
const figures = {
  decode: rounded(stages.decode),
  check: rounded(stages.check),
  connect: rounded(stages.connect),
  total: rounded(stages.total),
  signatures: rounded(stages.signatures),
  shareOutside: rounded(stages.shareOutside),
  transactionsPerSecond: rounded((PAYMENTS / stages.total) * 1_000),
};
console.log(`\na block of ${PAYMENTS} one-input two-output payments, ms:`);
for (const [stage, time] of Object.entries(figures)) console.log(`${stage.padEnd(21)} ${time}`);

const costs = measureGrowth(HEIGHTS, UNSPENT_COINS);
const [shortest = 0, ...longer] = costs.values();
const growth = rounded(Math.max(...longer) / shortest);
console.log(`\na block of 20 payments with ${UNSPENT_COINS} unspent coins, ms:`);
for (const [height, time] of costs) console.log(`height ${String(height).padStart(6)} ${rounded(time)}`);
console.log(`growth ${growth}`);

console.log(
  JSON.stringify({
    bench: 'connect',
    unit: 'ms',
    secp256k1: secp256k1.name,
    hashes: hashes.name,
    payments: PAYMENTS,
    ...figures,
    heights: Object.fromEntries([...costs].map(([height, time]) => [height, rounded(time)])),
    growth,
  }),
);
