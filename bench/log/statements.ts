/*
 * One raw statement, the read of three events, by the client as services have it, which hands it to Prisma's driver adapter,
 * and by Prisma's engine: in turns on one Postgres, from the first one on, when nothing is compiled yet.
 */
import { EventLog, postgresAdapter } from '@pocket/eventstore';
import { clientOn, openOwnLog } from './own-log.ts';

const EVENTS_READ = 3;
const STATEMENTS_PER_ROUND = 500;
const SCHEMA = 'bench_statements';
const METADATA = { correlationId: 'bench', causationId: null, traceparent: null };

/** Microseconds of this process's processor time a statement, round by round. */
export interface StatementFigures {
  readonly adapter: readonly number[];
  readonly engine: readonly number[];
}

export async function measureStatements(databaseUrl: string, rounds: number): Promise<StatementFigures> {
  const { log, close } = await openOwnLog(databaseUrl, SCHEMA);
  const engine = clientOn(postgresAdapter(databaseUrl, SCHEMA));
  const logs = { adapter: log, engine: new EventLog(engine) };
  const figures = { adapter: [] as number[], engine: [] as number[] };
  try {
    await appendSome(log);
    for (let round = 0; round < rounds; round++)
      for (const name of round % 2 === 0 ? (['engine', 'adapter'] as const) : (['adapter', 'engine'] as const))
        figures[name].push(await microsecondsOf(logs[name]));
    return figures;
  } finally {
    await Promise.all([close(), engine.$disconnect()]);
  }
}

async function appendSome(log: EventLog): Promise<void> {
  const events = Array.from({ length: EVENTS_READ }, (_, index) => ({
    ...{ stream: 'notes', version: index + 1, type: 'Noted', schemaVersion: 1 },
    ...{ data: { text: 'x'.repeat(280) }, metadata: METADATA },
  }));
  await log.append({ events, checkpoints: [], projections: [], recordedAt: new Date().toISOString() });
}

async function microsecondsOf(log: EventLog): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < STATEMENTS_PER_ROUND; done++) await log.read(0, EVENTS_READ);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / STATEMENTS_PER_ROUND;
}
