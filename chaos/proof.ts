/**
 * Whether the system proves itself from its logs: no event was changed, and every recorded state and every table, whole, is
 * what a fresh fold gives. The judge beside it sees less, by a code of its own.
 */
import { isRight, verifySystem, type ServiceReport } from '../scripts/ledger/verification.ts';
import { breachesOf, type Finding } from './finding.ts';

export async function proveLogs(databaseUrl: string): Promise<Finding> {
  const reports = await verifySystem({ databaseUrl });
  return {
    invariant: 'proved',
    says: 'no history was changed, and every recorded state and every table equals a fresh fold of the logs',
    count: reports.reduce((sum, { events }) => sum + events, 0),
    detail: reports.map(({ service, states }) => `${service}: ${states} recorded states`).join(', '),
    breaches: breachesOf(reports.filter((report) => !isRight(report)).flatMap(describe)),
  };
}

function describe({ service, faults, wrongState, divergences }: ServiceReport): string[] {
  const state = wrongState && `the state recorded at ${wrongState.position}: ${wrongState.tables.join(', ')}`;
  const rows = divergences.map(({ table, key, told, found, event }) => {
    const since = event === null ? 'by no event' : `since ${event.source} ${event.position}`;
    return `${table} ${key} ${since}: told ${told ?? 'none'}, found ${found ?? 'none'}`;
  });
  return [...faults.map(({ what }) => what), ...(state === undefined ? [] : [state]), ...rows].map(
    (text) => `${service}: ${text}`,
  );
}
