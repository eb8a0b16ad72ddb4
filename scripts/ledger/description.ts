/** What a verification has found, as lines for a person. */
import { tableTitle } from './services.ts';
import { isRight, type ServiceReport, type WrongStates } from './verification.ts';

export function describeReport(report: ServiceReport): string[] {
  const { service, events, headHash, faults, unreadable, wrongTables, differingRows } = report;
  const lines = [
    ...faults.map(({ what }) => `  ${what}`),
    ...report.wrongStates.map((wrong) => describeStates(wrong, report)),
  ];
  if (wrongTables.length > 0) {
    const titles = wrongTables.map((name) => tableTitle(report, { name })).join(', ');
    lines.push(`  ${counted(differingRows, 'row')} of ${titles}: not what the logs tell`);
  }
  lines.push(...report.divergences.flatMap(describeDivergence));
  if (faults.length > 0) lines.push('  its tables were not compared: a changed history tells nothing of them');
  if (unreadable !== undefined) lines.push(`  its tables cannot be proved: ${unreadable}`);
  if (events > 0) lines.push(`  head ${service}:${events}:${headHash}`);
  return [`${service}: ${counted(events, 'event')}, ${verdictOf(report)}`, ...lines];
}

function verdictOf(report: ServiceReport): string {
  const { states, wrongStates, unreadable } = report;
  if (isRight(report))
    return `history and tables are right; ${wrongStates.length === 0 ? `${states} recorded states agree` : 'they were not always'}`;
  return unreadable === undefined ? 'NOT RIGHT' : 'its history is right, its tables NOT PROVABLE';
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function describeStates({ first, last, tables, rightUntil, rightSince }: WrongStates, report: ServiceReport): string {
  const titles = tables.map((name) => tableTitle(report, { name })).join(', ');
  const when = first === last ? `when event ${first} recorded them` : `between event ${first} and event ${last}`;
  const before =
    rightUntil === undefined ? 'no state before agrees' : `the last state before that agrees is of event ${rightUntil}`;
  const now = isRight(report) ? 'right now; not recorded since' : 'not recorded right since';
  const after = rightSince === undefined ? now : `right again since event ${rightSince}`;
  return `  the tables were wrong ${when}: ${titles}; ${after} (${before})`;
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
