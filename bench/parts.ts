/*
 * A bench of several parts, each by itself or all of them: servers of its own, a table for people part by part, and all
 * figures in the last line for programs.
 */
import { useFastestCryptography } from '@pocket/crypto/native';
import { StackError } from '@pocket/stack';
import { openOwnServers, type OpenServers } from './contract/own-stack.ts';

/** Lines for people, and what of it goes into the last line. */
export interface Report {
  readonly lines: readonly string[];
  readonly figures: object;
}

export type Parts = Readonly<Record<string, (servers: OpenServers) => Promise<Report>>>;

/** Measures the parts that `words` name, all where none is named. Says what is wrong in one sentence. */
export async function runParts(bench: string, parts: Parts, words: readonly string[]): Promise<void> {
  try {
    await measure(bench, chosenOf(parts, words));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof StackError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

function chosenOf(parts: Parts, words: readonly string[]): [string, Parts[string]][] {
  const all = Object.entries(parts);
  const unknown = words.find((word) => !Object.hasOwn(parts, word));
  if (unknown !== undefined)
    throw new RangeError(`There is no part "${unknown}": there are ${all.map(([name]) => name).join(', ')}.`);
  return words.length === 0 ? all : all.filter(([name]) => words.includes(name));
}

async function measure(bench: string, parts: readonly [string, Parts[string]][]): Promise<void> {
  await useFastestCryptography();
  const servers = await openOwnServers();
  try {
    const figures: object[] = [];
    for (const [name, part] of parts) {
      console.log(`\nMeasuring ${name} …`);
      const report = await part(servers);
      console.log(report.lines.join('\n'));
      figures.push(report.figures);
    }
    console.log(`\n${JSON.stringify(Object.assign({ bench }, ...figures))}`);
  } finally {
    await servers.close();
  }
}
