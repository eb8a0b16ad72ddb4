/* What the bench of nonce searches says at its end: a table of rates, the ratios that something is wanted of, JSON. */
import { median, rounded } from '../median.ts';

/** The rates of each contestant, a number a round, in MH/s. */
export type Rates = ReadonlyMap<string, readonly number[]>;

/** What is divided by what, and what is wanted of it. */
export type Comparison = readonly [name: string, other: string, wanted?: number];

const WIDTH = 64;

export function printRates(rates: Rates): Record<string, number> {
  console.log(`${''.padEnd(WIDTH)}    MH/s`);
  const medians = [...rates].map(([name, each]): [string, number] => [name, rounded(median(each))]);
  for (const [name, rate] of medians) console.log(`${name.padEnd(WIDTH)} ${rate.toFixed(2).padStart(7)}`);
  return Object.fromEntries(medians);
}

/** Medians of the rounds' ratios. A comparison is left out where one of the two does not run here. */
export function printRatios(rates: Rates, comparisons: readonly Comparison[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  console.log('');
  for (const [name, other, wanted] of comparisons) {
    const [own, others] = [rates.get(name), rates.get(other)];
    if (own === undefined || others === undefined) continue;
    const ratio = rounded(median(own.map((rate, round) => rate / (others[round] ?? NaN))));
    const goal = wanted === undefined ? '' : `   (wanted: ${wanted})`;
    console.log(`${`${name} / ${other}`.padEnd(WIDTH)} ${ratio.toFixed(2).padStart(7)}${goal}`);
    ratios[`${name} / ${other}`] = ratio;
  }
  return ratios;
}

export interface BlockTimes {
  readonly coldMs: number;
  readonly warmMs: number;
}

export function printBlocks(hashes: number, blocks: Readonly<Record<string, BlockTimes>>): void {
  console.log(`\n${`a search of ${hashes} nonces`.padEnd(WIDTH)}   cold / warm`);
  for (const [name, { coldMs, warmMs }] of Object.entries(blocks)) {
    console.log(`${name.padEnd(WIDTH)} ${coldMs.toFixed(1).padStart(6)} / ${warmMs.toFixed(2)} ms`);
  }
}
