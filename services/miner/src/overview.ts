/** What the miner says of itself: its mode, its workers, what they search and what came of it. */
import { targetFromBits } from '@pocket/chain';
import type { MinerView, MiningMode, SearchView, WorkerView } from '@pocket/contracts';
import type { Answer, RequestContext } from '@pocket/service-kit';
import { secondsTooFarAhead } from './automatic.ts';
import { bitsText, expectedHashes } from './domain/slices.ts';
import type { SearchJobs } from './jobs.ts';
import { readTotals, type TemplateSources } from './queries.ts';
import type { BlockCounts } from './store.ts';
import type { WorkerReport } from './worker-reports.ts';

export interface OverviewParts extends TemplateSources {
  jobs: Pick<SearchJobs, 'workers'>;
  board: { running(): SearchView[] };
  readMode: () => Promise<MiningMode>;
  countBlocks: () => Promise<BlockCounts>;
}

const MEASURED =
  'Each worker divides the hashes of a slice by the time its threads took for it, and smooths that over its last slices; ' +
  'where none lasted for 20 ms lately, it searches for nothing for a moment and takes the rate of that.';

export async function readOverview(parts: OverviewParts, context: RequestContext): Promise<Answer<MinerView>> {
  const [mode, blocks, reports] = await Promise.all([parts.readMode(), parts.countBlocks(), parts.jobs.workers()]);
  const next = await readTotals(parts, context, mode.maxTransactions ?? Number.MAX_SAFE_INTEGER);
  if (!next.ok) return next;
  const { tip, offered } = next.value;
  const workers = reports.map(workerView);
  const hashRate = totalRate(workers);
  const { height, previousBlockHash, bits } = tip.next;
  const target = targetFromBits(bits);
  const expected = expectedHashes(target);
  const template = {
    ...{ height, previousBlockHash, bits: bitsText(bits), target: target.toString(16).padStart(64, '0') },
    ...{ transactionCount: offered.count, fees: offered.fees },
    expectedHashes: expected,
    expectedSeconds: hashRate === null || hashRate === 0 ? null : expected / hashRate,
  };
  const searches = parts.board.running();
  const waitsForClockSeconds = mode.mode === 'continuous' ? secondsTooFarAhead(tip) : 0;
  const told = { mode, waitsForClockSeconds, hashRate, measured: MEASURED, workers, template, searches, blocks };
  return { ok: true, value: told };
}

function workerView({ workerId, host, pid, threads, kernel, rate, found, startedAt }: WorkerReport): WorkerView {
  const hashRate = rate === null ? null : Math.round(rate);
  return { workerId, host, pid, threads, kernel, hashRate, found, startedAt: new Date(startedAt).toISOString() };
}

function totalRate(workers: readonly WorkerView[]): number | null {
  const rates = workers.flatMap(({ hashRate }) => hashRate ?? []);
  return rates.length === 0 ? null : rates.reduce((total, rate) => total + rate, 0);
}
