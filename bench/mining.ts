/*
 * Searching in slices with real worker processes: what a second thread brings, what several processes lose, how evenly
 * they share, how soon all stop when one has found, and how soon its block is connected. Starts servers, and for the last
 * part services, of its own in a temporary folder. Run: npm run bench -- mining [rates cancel connected: only these]
 */
import type { OpenServers } from './contract/own-stack.ts';
import { median, rounded } from './median.ts';
import { measureCancel } from './mining/cancel.ts';
import { measureConnected } from './mining/connected.ts';
import { measureRates, PROCESSES, ratioOf, type Round } from './mining/rates.ts';
import { runParts, type Report } from './parts.ts';

const ROUNDS = 5;
const FINDS = 31;
const BLOCKS = 38;

const parts = {
  rates: async ({ redisUrl }: OpenServers): Promise<Report> => {
    const measured = await measureRates(redisUrl, ROUNDS);
    const { bareOne, bareTwo, cores } = measured;
    const [one, two] = [ratesOf(measured.one), ratesOf(measured.two)];
    const [together, processes] = [ratesOf(measured.together), ratesOf(measured.processes)];
    const [ratio, bareRatio] = [ratioOf(two, one), ratioOf(bareTwo, bareOne)].map(rounded);
    const [ofBareOne, ofBareTwo] = [ratioOf(one, bareOne), ratioOf(two, bareTwo)].map(rounded);
    const overhead = rounded(1 - ratioOf(processes, together));
    const smallestShare = rounded(median(measured.processes.map(({ shares }) => Math.min(...shares))));
    const largestShare = rounded(median(measured.processes.map(({ shares }) => Math.max(...shares))));
    return {
      lines: [
        `one thread ${megahashes(one)} MH/s, two ${megahashes(two)}: ${ratio} times (goal 1.9; ${cores} cores)`,
        `two bare searches are ${bareRatio} times one; of a bare search one thread has ${ofBareOne}, of two two ${ofBareTwo}`,
        `one process of ${PROCESSES} threads ${megahashes(together)} MH/s, ${PROCESSES} processes of one ` +
          `${megahashes(processes)}: ${(overhead * 100).toFixed(1)} % lost (goal < 10)`,
        `the processes' shares: ${percent(smallestShare)} to ${percent(largestShare)} (even: ${percent(1 / PROCESSES)})`,
      ],
      figures: {
        ...{ cores, oneThread: megahashes(one), twoThreads: megahashes(two), ratio, bareRatio, ofBareOne, ofBareTwo },
        ...{ overhead, smallestShare, largestShare },
      },
    };
  },
  cancel: async ({ redisUrl }: OpenServers): Promise<Report> => {
    const delays = await measureCancel(redisUrl, FINDS);
    const [middle, worst] = [median(delays), Math.max(...delays)];
    return {
      lines: [`from the first find until all others are idle: ${middle} ms (goal 50), at worst ${worst}`],
      figures: { cancelMs: middle, cancelWorstMs: worst },
    };
  },
  connected: async (servers: OpenServers): Promise<Report> => {
    const delays = await measureConnected(servers, BLOCKS);
    const [middle, worst] = [rounded(median(delays)), rounded(Math.max(...delays))];
    return {
      lines: [`from 'nonce found' to 'block connected': ${middle} ms (goal 20), at worst ${worst}`],
      figures: { connectedMs: middle, connectedWorstMs: worst },
    };
  },
};

const ratesOf = (rounds: readonly Round[]): number[] => rounds.map(({ rate }) => rate);
const megahashes = (rates: readonly number[]): number => rounded(median(rates) / 1e6);
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

await runParts('mining', parts, process.argv.slice(2));
