/**
 * `npm run verify`: reads every log from its beginning, folds it in this fresh process, and says whether history and
 * tables are what they should be. Exit code 1 and the place where they part if not. Works while the system runs, and on
 * the data of one that is stopped.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { useFastestHashes } from '@pocket/crypto/native';
import { openDatabase, readEnvironment, root, StackError } from '@pocket/stack';
import { isRight, verifySystem, type ServiceReport } from './ledger/verification.ts';

function describe(report: ServiceReport): string[] {
  const { service, events, faults, states, wrongState, wrongTables, differingRows } = report;
  const lines = faults.map(({ what }) => `  ${what}`);
  if (wrongState !== undefined) {
    const { position, tables, proved, reached } = wrongState;
    lines.push(
      `  the state recorded by event ${position} is not what the logs tell: ${tables.join(', ')} differed after ${places(reached)};`,
      `  the last state that agrees is of ${places(proved)}`,
    );
  }
  if (wrongTables.length > 0)
    lines.push(`  ${differingRows} rows of ${wrongTables.join(', ')} are not what the logs tell`);
  lines.push(...report.divergences.flatMap(describeDivergence));
  if (faults.length > 0) lines.push('  its tables were not compared: a changed history tells nothing of them');
  const verdict = isRight(report) ? `history and tables are right; ${states} recorded states agree` : 'NOT RIGHT';
  return [`${service}: ${events} events, ${verdict}`, ...lines];
}

function describeDivergence({ table, key, told, found, event }: ServiceReport['divergences'][number]): string[] {
  const since =
    event === null
      ? 'no event since the last state that agrees has touched it: it was changed by something else'
      : `the first event whose effect it lacks: ${event.source} ${event.position}`;
  return [
    `  ${table} ${key}: ${since}`,
    `    the logs tell  ${told ?? 'no such row'}`,
    `    the table has  ${found ?? 'no such row'}`,
  ];
}

function places(positions: Readonly<Record<string, number>>): string {
  const known = Object.entries(positions).map(([source, position]) => `${source} ${position}`);
  return known.length === 0 ? 'the beginning' : known.join(', ');
}

async function verify(): Promise<void> {
  new Command('npm run verify --')
    .description('Proves logs and tables of the system with this data directory, or on DATABASE_URL; changes nothing.')
    .parse();
  useFastestHashes();
  const environment = readEnvironment(root);
  const dataDir = resolve(root, environment['POCKET_DATA_DIR'] ?? '.pocket');
  const access = await openDatabase({ dataDir, environment, onProgress: (message) => console.log(message) });
  try {
    const begun = performance.now();
    const reports = await verifySystem({ databaseUrl: access.databaseUrl });
    for (const line of reports.flatMap(describe)) console.log(line);
    const events = reports.reduce((total, report) => total + report.events, 0);
    const seconds = (performance.now() - begun) / 1_000;
    const right = reports.every(isRight);
    console.log(
      `${right ? 'All is right' : 'Not all is right'}: ${events} events proved and folded in ${seconds.toFixed(1)} s.`,
    );
    if (!right) process.exitCode = 1;
  } finally {
    await access.close();
  }
}

try {
  await verify();
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
