/*
 * The speed of the event log: appending beside inserts written by hand, rebuilding all tables from long logs, and how
 * soon another service sees a commit. Starts servers, and for the last part services, of its own in a temporary folder.
 * Run: npm run bench -- log [append rebuild seen: only these]
 */
import { useFastestCryptography } from '@pocket/crypto/native';
import { createDatabase, StackError } from '@pocket/stack';
import { openOwnServers, type OpenServers } from './contract/own-stack.ts';
import { measureAppend } from './log/append.ts';
import { measureRebuild } from './log/rebuild.ts';
import { reportAppend, reportRebuild, reportSeen, type Report } from './log/report.ts';
import { measureSeen } from './log/seen.ts';

const APPEND_ROUNDS = 9;
const REBUILD_ROUNDS = 5;
const REBUILD_BLOCKS = 20_000;
const SEEN = { rounds: 3, seconds: 20 };

const parts = {
  append: async (servers: OpenServers): Promise<Report> => {
    const { databaseUrl } = await createDatabase(servers);
    return reportAppend(await measureAppend(databaseUrl, APPEND_ROUNDS));
  },
  rebuild: async (servers: OpenServers): Promise<Report> => {
    const { databaseUrl } = await createDatabase(servers);
    return reportRebuild(await measureRebuild(databaseUrl, REBUILD_BLOCKS, REBUILD_ROUNDS));
  },
  seen: async (servers: OpenServers): Promise<Report> => {
    const stack = await servers.startServices({ POCKET_NETWORK: 'bitcoin-regtest' });
    return reportSeen(await measureSeen(servers, stack, SEEN));
  },
};
type Part = keyof typeof parts;

function partsOf(words: readonly string[]): Part[] {
  const names = Object.keys(parts) as Part[];
  const unknown = words.find((word) => !names.includes(word as Part));
  if (unknown !== undefined) throw new RangeError(`There is no part "${unknown}": there are ${names.join(', ')}.`);
  return words.length === 0 ? names : names.filter((name) => words.includes(name));
}

async function main(words: readonly string[]): Promise<void> {
  const wanted = partsOf(words);
  await useFastestCryptography();
  const servers = await openOwnServers();
  try {
    const figures: object[] = [];
    for (const name of wanted) {
      console.log(`\nMeasuring ${name} …`);
      const report = await parts[name](servers);
      console.log(report.lines.join('\n'));
      figures.push(report.figures);
    }
    console.log(`\n${JSON.stringify(Object.assign({ bench: 'log' }, ...figures))}`);
  } finally {
    await servers.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof RangeError || error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
