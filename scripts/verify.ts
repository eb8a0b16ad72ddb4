/**
 * `npm run verify`: reads every log from its beginning, folds it in this fresh process, and says whether history and
 * tables are what they should be. Exit code 1 and the place where they part if not. Works while the system runs, and on
 * the data of one that is stopped.
 */
import { Command, InvalidArgumentError } from 'commander';
import { isEventSource } from '@pocket/contracts';
import { useFastestHashes } from '@pocket/crypto/native';
import { describeReport } from './ledger/description.ts';
import { isRight, verifySystem, type KeptHead } from './ledger/verification.ts';
import { EXIT_CODES, requireSystem, runWithDatabase, type Surroundings } from './system-program.ts';

function keptHead(text: string, before: KeptHead[] = []): KeptHead[] {
  const [, service = '', position = '', hash = ''] = /^([a-z-]+):([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!isEventSource(service))
    throw new InvalidArgumentError('It must be a head as this program prints it, like wallet:397:<64 hex digits>.');
  return [...before, { service, position: Number(position), hash }];
}

const { head: keptHeads = [] } = new Command('npm run verify --')
  .description('Proves logs and tables of the system with this data directory, or on DATABASE_URL; changes nothing.')
  .option('--head <service:position:hash>', 'one that was kept: the log must still hold it; may be repeated', keptHead)
  .addHelpText('after', `${EXIT_CODES}\n"Done" is: all is right.`)
  .parse()
  .opts<{ head?: KeptHead[] }>();

async function verify({ databaseUrl, signal }: Surroundings): Promise<void> {
  const begun = performance.now();
  const reports = await verifySystem({ databaseUrl, keptHeads, signal });
  for (const line of reports.flatMap(describeReport)) console.log(line);
  console.log('Keep the heads elsewhere: with --head each, they prove later that no log was written anew.');
  const events = reports.reduce((total, report) => total + report.events, 0);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  const right = reports.every(isRight);
  console.log(
    right
      ? `All is right: ${events} events proved and folded in ${seconds} s.`
      : `Not all is right, see above; ${events} events were read in ${seconds} s.`,
  );
  if (!right) process.exitCode = 1;
}

useFastestHashes();
await runWithDatabase({ check: requireSystem }, verify);
