/**
 * `npm run rebuild -- <service> [table …]`: makes the service's tables again from the logs and puts them in place of the
 * live ones, while it runs or while it does not. Ctrl-C leaves everything as it was.
 */
import { Command } from 'commander';
import { useFastestHashes } from '@pocket/crypto/native';
import { StackError } from '@pocket/stack';
import { rebuild, type RebuildProgress } from './ledger/rebuilding.ts';
import { ledgerServices, tableOverview, tableTitle, type LedgerService } from './ledger/services.ts';
import { EXIT_CODES, requireSystem, runWithDatabase, type Surroundings } from './system-program.ts';

const command = new Command('npm run rebuild --')
  .description("Makes a service's tables again from the logs; the service goes on answering. It believes the logs.")
  .argument('<service>', ledgerServices.map(({ service }) => service).join(', '))
  .argument('[table...]', 'only these; all where none is named')
  .addHelpText('after', `\nTables:\n${tableOverview()}\n${EXIT_CODES}`)
  .parse();
const [name = '', ...tableNames] = command.args;

function serviceNamed(): LedgerService {
  const found = ledgerServices.find(({ service }) => service === name);
  if (found !== undefined) return found;
  const names = ledgerServices.map(({ service }) => service).join(', ');
  throw new StackError(`There is no service "${name}" with tables to rebuild: there are ${names}.`);
}

function tablesNamed(service: LedgerService): LedgerService['fold']['tables'] {
  const { tables } = service.fold;
  const unknown = tableNames.find((wanted) => !tables.some((table) => table.name === wanted));
  if (unknown !== undefined)
    throw new StackError(
      `${name} has no table "${unknown}" that logs tell: there are ${tables.map((table) => tableTitle(service, table)).join(', ')}.`,
    );
  return tableNames.length === 0 ? tables : tables.filter((table) => tableNames.includes(table.name));
}

function report({ done, of, eventsPerSecond, secondsLeft }: RebuildProgress): void {
  const rate = `${Math.round(eventsPerSecond)} a second`;
  console.log(`  ${done} of ${of} events, ${rate}, ${secondsLeft.toFixed(1)} s left`);
}

async function run({ databaseUrl, signal }: Surroundings): Promise<void> {
  const service = serviceNamed();
  const tables = tablesNamed(service);
  const rebuilt = await rebuild({ databaseUrl, service, tables, onProgress: report, signal });
  const rate = Math.round(rebuilt.events / rebuilt.seconds);
  console.log(
    `${tables.map((table) => tableTitle(service, table)).join(', ')} of ${name} rebuilt from ${rebuilt.events} events in ` +
      `${rebuilt.seconds.toFixed(1)} s (${rate} a second); the service waited ${rebuilt.swapMs.toFixed(0)} ms.`,
  );
  console.log('The logs were believed as they are: "npm run verify" proves them.');
}

/** Words that are wrong need no database to be found so. */
function checkWords(...system: Parameters<typeof requireSystem>): void {
  tablesNamed(serviceNamed());
  requireSystem(...system);
}

useFastestHashes();
await runWithDatabase({ check: checkWords }, run);
