/*
 * What the bench of the log says: a table for people, each figure beside its goal, and the same for programs.
 */
import { median, rounded } from '../median.ts';
import type { Report } from '../parts.ts';
import type { AppendFigures } from './append.ts';
import type { RebuildFigures } from './rebuild.ts';
import type { SeenFigures } from './seen.ts';
import type { StatementFigures } from './statements.ts';

const GOALS = { appendRatio: 0.6, rebuildPerSecond: 20_000, seenMedianMs: 15, seenLate99Ms: 100 };

export function reportAppend({ writer, byHand }: AppendFigures): Report {
  // Rounds that follow each other have had the same neighbours.
  const ratio = rounded(median(writer.map((rate, round) => rate / (byHand[round] ?? Number.NaN))));
  const perSecond = { writer: Math.round(median(writer)), byHand: Math.round(median(byHand)) };
  return {
    lines: [
      'appending, durable commits, events a second:',
      line('64 commands at once, by the writer', perSecond.writer),
      line('64 rows a commit, written by hand', perSecond.byHand),
      line('ratio', ratio, `goal ${GOALS.appendRatio}`),
    ],
    figures: { append: { ...perSecond, ratio, goal: GOALS.appendRatio, rounds: writer.length } },
  };
}

export function reportStatements({ adapter, engine }: StatementFigures): Report {
  const first = { adapter: Math.round(adapter[0] ?? 0), engine: Math.round(engine[0] ?? 0) };
  const later = { adapter: Math.round(median(adapter)), engine: Math.round(median(engine)) };
  const ratio = rounded(median(engine.map((time, round) => time / (adapter[round] ?? Number.NaN))));
  return {
    lines: [
      'a raw statement, µs of processor time:',
      line('by the driver adapter', later.adapter, `first round ${first.adapter}`),
      line("by Prisma's engine", later.engine, `first round ${first.engine}`),
      line('ratio', ratio),
    ],
    figures: { statements: { ...later, first, ratio, rounds: adapter.length } },
  };
}

export function reportRebuild({ services, verification }: RebuildFigures): Report {
  const rows = [...services].map(([name, { events, rates, processorMicroseconds }]) => {
    const perSecond = Math.round(median(rates));
    const first = Math.round(rates[0] ?? 0);
    return [name, { events, perSecond, first, processorMicroseconds: rounded(median(processorMicroseconds)) }] as const;
  });
  const folded = rows.reduce((total, [, { events }]) => total + events, 0);
  const together = Math.round(
    folded / rows.reduce((total, [, { events, perSecond }]) => total + events / perSecond, 0),
  );
  const perSecond = Math.round(verification.events / verification.seconds);
  const verify = { events: verification.events, seconds: rounded(verification.seconds), perSecond };
  return {
    lines: [
      'rebuilding all tables, events a second:',
      ...rows.map(([name, { events, perSecond, first, processorMicroseconds }]) => {
        const beside = `${events} events, first ${first}, ${processorMicroseconds} µs of processor each`;
        return line(name, perSecond, beside);
      }),
      line('all of them, one after another', together, `goal ${GOALS.rebuildPerSecond}`),
      line('verify, all logs and tables', perSecond, `${verify.events} events in ${verify.seconds} s`),
    ],
    figures: { rebuild: { ...Object.fromEntries(rows), together, goal: GOALS.rebuildPerSecond }, verify },
  };
}

export function reportSeen(rounds: readonly SeenFigures[]): Report {
  const middle = rounded(median(rounds.map(({ delays }) => median(delays))));
  const late = rounded(median(rounds.map(({ delays }) => percentile(delays, 0.99))));
  const perSecond = rounded(median(rounds.map((round) => round.perSecond)));
  const payments = rounds.reduce((total, { delays }) => total + delays.length, 0);
  return {
    lines: [
      `from commit to another service's handler at ${perSecond} payments a second, ms:`,
      line('median', middle, `goal ${GOALS.seenMedianMs}`),
      line('99th percentile', late, `goal ${GOALS.seenLate99Ms}`),
    ],
    figures: {
      seen: {
        ...{ median: middle, late99: late, perSecond, payments },
        goals: { median: GOALS.seenMedianMs, late99: GOALS.seenLate99Ms },
      },
    },
  };
}

function line(name: string, figure: number, beside = ''): string {
  return `  ${name.padEnd(36)} ${String(figure).padStart(8)}   ${beside}`.trimEnd();
}

/** The smallest value that is not below this share of them. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.ceil(sorted.length * share) - 1];
  if (value === undefined) throw new RangeError('values must not be empty');
  return value;
}
