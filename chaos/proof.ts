/**
 * Whether the system proves itself from its logs: no event was changed, and every recorded state and every table, whole, is
 * what a fresh fold gives. The judge beside it sees less, by a code of its own.
 */
import { verifySystem, type ServiceReport } from '../scripts/ledger/verification.ts';
import { breachesOf, type Finding } from './finding.ts';

export async function proveLogs(databaseUrl: string): Promise<Finding> {
  const reports = await verifySystem({ databaseUrl });
  return {
    invariant: 'proved',
    says: 'no history was changed, and every recorded state and every table equals a fresh fold of the logs',
    count: reports.reduce((sum, { events }) => sum + events, 0),
    detail: reports.map(({ service, states }) => `${service}: ${states} recorded states`).join(', '),
    breaches: breachesOf(reports.flatMap(describe)),
  };
}

/** A state that was recorded wrong counts, also where the tables are right again: nobody but the services wrote to them. */
function describe({ service, faults, unreadable, wrongStates, wrongTables, divergences }: ServiceReport): string[] {
  const states = wrongStates.map(
    ({ first, last, tables }) => `states recorded at ${first} to ${last}: ${tables.join(', ')}`,
  );
  const tables = wrongTables.length === 0 ? [] : [`tables: ${wrongTables.join(', ')}`];
  const rows = divergences.map(({ table, key, told, found, event }) => {
    const since = event === null ? 'by no event' : `since ${event.source} ${event.position}`;
    return `${table} ${key} ${since}: told ${told ?? 'none'}, found ${found ?? 'none'}`;
  });
  const log = [...faults.map(({ what }) => what), ...(unreadable === undefined ? [] : [unreadable])];
  return [...log, ...states, ...tables, ...rows].map((text) => `${service}: ${text}`);
}
