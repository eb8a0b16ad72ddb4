/**
 * `npm run rebuild -- <service> [table …]`: makes the service's tables again from the logs and puts them in place of the
 * live ones, while it runs or while it does not. Ctrl-C leaves everything as it was.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { useFastestHashes } from '@pocket/crypto/native';
import { openDatabase, readEnvironment, root, StackError } from '@pocket/stack';
import { rebuild, type RebuildProgress } from './ledger/rebuilding.ts';
import { ledgerServices, type LedgerService } from './ledger/services.ts';

function serviceNamed(name: string): LedgerService {
  const found = ledgerServices.find(({ service }) => service === name);
  if (found !== undefined) return found;
  const names = ledgerServices.map(({ service }) => service).join(', ');
  throw new StackError(`There is no service "${name}" with tables to rebuild: there are ${names}.`);
}

function tablesNamed({ service, fold }: LedgerService, names: string[]): LedgerService['fold']['tables'] {
  const unknown = names.find((name) => !fold.tables.some((table) => table.name === name));
  if (unknown !== undefined)
    throw new StackError(
      `${service} has no table "${unknown}" that logs tell: there are ${fold.tables.map(({ name }) => name).join(', ')}.`,
    );
  return names.length === 0 ? fold.tables : fold.tables.filter(({ name }) => names.includes(name));
}

function report({ done, of, eventsPerSecond, secondsLeft }: RebuildProgress): void {
  const rate = `${Math.round(eventsPerSecond)} a second`;
  console.log(`  ${done} of ${of} events, ${rate}, ${secondsLeft.toFixed(1)} s left`);
}

async function run(name: string, tableNames: string[]): Promise<void> {
  const service = serviceNamed(name);
  const tables = tablesNamed(service, tableNames);
  const environment = readEnvironment(root);
  const dataDir = resolve(root, environment['POCKET_DATA_DIR'] ?? '.pocket');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop.abort(new StackError('Interrupted: the live tables are as they were.')));
  const access = await openDatabase({ dataDir, environment, onProgress: (message) => console.log(message) });
  try {
    const { databaseUrl } = access;
    const rebuilt = await rebuild({ databaseUrl, service, tables, onProgress: report, signal: stop.signal });
    const rate = Math.round(rebuilt.events / rebuilt.seconds);
    console.log(
      `${tables.map((table) => table.name).join(', ')} of ${name} rebuilt from ${rebuilt.events} events in ` +
        `${rebuilt.seconds.toFixed(1)} s (${rate} a second); the service waited ${rebuilt.swapMs.toFixed(0)} ms.`,
    );
  } finally {
    await access.close();
  }
}

try {
  useFastestHashes();
  const command = new Command('npm run rebuild --')
    .description("Makes a service's tables again from the logs; the service goes on answering.")
    .argument('<service>', ledgerServices.map(({ service }) => service).join(', '))
    .argument('[table...]', 'only these; all where none is named')
    .parse();
  await run(command.args[0] ?? '', command.args.slice(1));
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
