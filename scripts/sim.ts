/**
 * `npm run sim`: the seeded simulation of the five services in one process, one seed or many. Exit code 0 when every
 * promise was kept, 1 with the first seed in which one was not. The last line is JSON.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { runCrew } from '../simulation/crew.ts';
import { runSeed } from '../simulation/run.ts';
import { addOutcome, emptyTally, faultCount, figuresOf, type Tally } from '../simulation/tally.ts';
import { breaks, type Break } from '../simulation/world/breaks.ts';

interface Options {
  seed?: number;
  seeds?: number;
  from?: number;
  threads?: number;
  trace: boolean;
  break?: Break;
}

const LAST_LINES = 40;
const PROGRESS_MS = 5_000;

function wholeNumber(least: number) {
  return (text: string): number => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}

const command = new Command('npm run sim --')
  .description('Runs the five services in one process, with a bus that misbehaves and a clock that is a variable.')
  .option('--seed <number>', 'one seed', wholeNumber(0))
  .option('--seeds <count>', 'how many seeds; 100 where it is not given', wholeNumber(1))
  .option('--from <number>', 'the first of them; 1 where it is not given', wholeNumber(1))
  .option('--threads <count>', 'how many at a time; 1 where it is not given', wholeNumber(1))
  .option('--trace', 'with --seed: prints what happens, line by line', false)
  .addOption(new Option('--break <name>', 'takes a promise away that the judge must miss').choices(Object.keys(breaks)))
  .addHelpText('after', '\nExit codes: 0 every promise was kept, 1 one was not, or the command is wrong.')
  .parse();
const options = command.opts<Options>();
refuseContradictions(options);

process.exitCode = options.seed === undefined ? await runMany(options) : await runOne(options.seed, options);

/** What would be ignored is refused. */
function refuseContradictions({ seed, trace, ...many }: Options): void {
  if (trace && seed === undefined) command.error('error: --trace prints one run: it needs --seed <number>');
  const ignored = (['seeds', 'from', 'threads'] as const).filter((name) => many[name] !== undefined);
  if (seed !== undefined && ignored.length > 0)
    command.error(`error: --seed is one run: it takes no ${ignored.map((name) => `--${name}`).join(', ')}`);
}

async function runOne(seed: number, { trace, break: broken }: Options): Promise<number> {
  const begun = Date.now();
  const outcome = await runSeed(seed, { depth: trace ? 'lines' : 'nothing', broken });
  for (const line of outcome.trace) console.log(line);
  for (const accusation of outcome.accusations) console.log(`seed ${seed}: ${accusation}`);
  const tally = emptyTally();
  addOutcome(tally, outcome);
  console.log(figuresOf(tally, Date.now() - begun, 1));
  return outcome.accusations.length === 0 ? 0 : 1;
}

async function runMany({ from = 1, seeds = 100, threads = 1, break: broken }: Options): Promise<number> {
  const begun = Date.now();
  const tally = emptyTally();
  const progress = setInterval(() => report(tally, seeds, Date.now() - begun), PROGRESS_MS);
  try {
    await runCrew({
      ...{ from, seeds, threads, broken },
      ended: (summary) => {
        addOutcome(tally, summary);
        return tally.failed.length === 0;
      },
    });
  } finally {
    clearInterval(progress);
  }
  const [failed] = tally.failed;
  if (failed !== undefined) await explain(failed, broken);
  console.log(figuresOf(tally, Date.now() - begun, threads));
  return failed === undefined ? 0 : 1;
}

function report(tally: Tally, seeds: number, wallMs: number): void {
  const faults = faultCount(tally);
  const rate = Math.round((faults * 1_000) / wallMs);
  console.log(`${tally.seeds} of ${seeds} seeds have passed, ${faults} faults, ${rate} a second`);
}

/** The same seed once more, to tell what went before. */
async function explain(seed: number, broken: Break | undefined): Promise<void> {
  const { accusations, trace } = await runSeed(seed, { depth: 'lines', broken });
  console.log(`\nSeed ${seed}. Its last moments:`);
  for (const line of trace.slice(-LAST_LINES)) console.log(line);
  for (const accusation of accusations) console.log(`seed ${seed}: ${accusation}`);
  const taken = broken === undefined ? '' : ` --break ${broken}`;
  console.log(`\nTo see it all again: npm run sim -- --seed ${seed} --trace${taken}\n`);
}
