/**
 * `npm run chaos`: breaks the real system by a schedule that follows from a seed, and judges what is left of it. Exits
 * with 1 when an invariant is broken and with 130 when it was interrupted; the work is done by chaos/.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { StackError } from '@pocket/stack';
import { faultKinds, type FaultKind, type Replicas } from '../chaos/fault.ts';
import { planTable } from '../chaos/report.ts';
import { runChaos, type RunResult } from '../chaos/run.ts';
import { planOf, type Plan } from '../chaos/schedule.ts';

interface Options {
  seed: number;
  minutes: number;
  replicas?: Replicas;
  only?: FaultKind[];
  plan: boolean;
  keep: boolean;
}

const SEEDS = 2 ** 32;
const MOST_MINUTES = 24 * 60;
const MS_PER_MINUTE = 60_000;
const INTERRUPTED = 130;
/** npm and the terminal may both pass one Ctrl-C on; a second one by hand comes later than this. */
const SAME_KEY_PRESS_MS = 700;

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed >= SEEDS)
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${SEEDS - 1}.`);
  return seed;
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= MOST_MINUTES))
    throw new InvalidArgumentError(`It must be a number above 0, at most ${MOST_MINUTES}.`);
  return minutes;
}

function readOptions(): Options {
  return new Command('npm run chaos --')
    .description('Starts the system in a folder of its own, keeps it busy, breaks it as the seed says, and judges it.')
    .option('--seed <number>', 'what the schedule follows from; a new one where it is not given', readSeed, newSeed())
    .option('--minutes <number>', 'how long it is being broken', readMinutes, 2)
    .addOption(
      new Option('--replicas <count>', 'of every service; drawn from the seed where it is not given')
        .choices(['1', '2'])
        .argParser((text) => (text === '1' || text === '2' ? Number(text) : refuseReplicas())),
    )
    .addOption(new Option('--only <fault...>', 'only these kinds of faults').choices(faultKinds))
    .option('--plan', 'print the schedule and do nothing', false)
    .option('--keep', "keep the servers' data when an invariant is broken", false)
    .addHelpText(
      'after',
      '\nExit codes: 0 every invariant holds, 1 one is broken, or the command is wrong, 130 interrupted.',
    )
    .parse()
    .opts<Options>();
}

function refuseReplicas(): never {
  throw new InvalidArgumentError('Allowed choices are 1, 2.');
}

function newSeed(): number {
  return Math.floor(Math.random() * SEEDS);
}

/** Aborts on the first signal; a second one, by hand, ends at once: the processes end with this one. */
function listenForStop(): AbortController {
  const stop = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    if (first === 0) console.log('Stopping all processes …');
    first ||= Date.now();
    if (Date.now() - first > SAME_KEY_PRESS_MS) process.exit(INTERRUPTED);
    stop.abort(new StackError('Interrupted.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return stop;
}

function tell({ summary, keptIn }: RunResult, { seed }: Plan, options: Options): void {
  if (keptIn !== undefined) {
    console.log(`Broken with seed ${seed}: ${summary.invariants.broken.join(', ')}.`);
    const data = options.keep
      ? "logs, the servers' data and evidence.json"
      : 'logs and evidence.json (--keep keeps the data too)';
    console.log(`In ${keptIn}: ${data}.`);
  }
  console.log(JSON.stringify(summary));
}

async function main(): Promise<number> {
  const options = readOptions();
  const { seed, minutes, replicas, only } = options;
  const plan = planOf({ seed, durationMs: minutes * MS_PER_MINUTE, replicas, only });
  console.log(planTable(plan));
  if (options.plan) return 0;
  const stop = listenForStop();
  try {
    const result = await runChaos({
      plan,
      keep: options.keep,
      onLine: (line) => console.log(line),
      signal: stop.signal,
    });
    tell(result, plan, options);
    return result.keptIn === undefined ? 0 : 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    console.log('Interrupted: all processes have ended and nothing is kept.');
    return INTERRUPTED;
  }
}

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof StackError)) throw error;
  for (const line of error.details) console.error(`  | ${line}`);
  console.error(error.message);
  return 1;
});
process.exit();
