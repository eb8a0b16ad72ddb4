/*
 * Appending: 64 concurrent commands through the writer and the log as a service uses them, and the same events by the
 * multi-row inserts somebody would write by hand, in turns on one Postgres. Commits are durable on both sides.
 */
import { Writer, type Metadata, type NewEvent } from '@pocket/eventstore';
import { openByHand } from './by-hand.ts';
import { migrateOwn, openOwnLog } from './own-log.ts';

const CONCURRENT = 64;
const EVENTS_PER_ROUND = 12_800;
const WARM_UP_EVENTS = 3_200;
const DATA_BYTES = 300;

/** Events a second of each round. */
export interface AppendFigures {
  readonly writer: readonly number[];
  readonly byHand: readonly number[];
}

interface Side {
  /** Appends so many events, a multiple of `CONCURRENT`. */
  append(events: number): Promise<void>;
  close: () => Promise<void>;
}

export async function measureAppend(databaseUrl: string, rounds: number): Promise<AppendFigures> {
  const sides = { writer: await openWriter(databaseUrl), byHand: await openHandWritten(databaseUrl) };
  const figures = { writer: [] as number[], byHand: [] as number[] };
  const names = Object.keys(sides) as (keyof typeof sides)[];
  try {
    for (const name of names) await sides[name].append(WARM_UP_EVENTS);
    for (let round = 0; round < rounds; round++)
      for (const name of round % 2 === 0 ? names : names.toReversed()) figures[name].push(await rateOf(sides[name]));
    return figures;
  } finally {
    await Promise.all(names.map((name) => sides[name].close()));
  }
}

async function rateOf(side: Side): Promise<number> {
  const begun = performance.now();
  await side.append(EVENTS_PER_ROUND);
  return (EVENTS_PER_ROUND * 1_000) / (performance.now() - begun);
}

/** Each command writes one event on its caller's stream; the state is in memory, so that nothing is read. */
async function openWriter(databaseUrl: string): Promise<Side> {
  const { log, close } = await openOwnLog(databaseUrl, 'bench_writer');
  const versions = new Map<string, number>();
  const writer = new Writer<string, Map<string, number>, undefined>({
    log,
    load: () => Promise.resolve(versions),
    versionOf: (state, stream) => state.get(stream) ?? 0,
    decide: (stream) => ({ events: [eventOf(stream)], reply: undefined }),
    project: () => [],
    committed: (state, events) => events.forEach(({ stream, version }) => state.set(stream, version)),
  });
  return {
    append: async (events) => {
      await Promise.all(streams.map((stream) => times(events / CONCURRENT, () => writer.execute(stream, METADATA))));
    },
    close,
  };
}

/** A batch as large as the writer's, always full. */
async function openHandWritten(databaseUrl: string): Promise<Side> {
  const schema = 'bench_by_hand';
  await migrateOwn(databaseUrl, schema);
  const table = await openByHand(databaseUrl, schema);
  return {
    append: (events) => times(events / CONCURRENT, () => table.insert(streams.map(eventOf), METADATA)),
    close: () => table.close(),
  };
}

const streams = Array.from({ length: CONCURRENT }, (_, index) => `stream-${index}`);
const METADATA: Metadata = { correlationId: 'bench', causationId: null, traceparent: null };
const FILLING = 'x'.repeat(DATA_BYTES - JSON.stringify({ filling: '' }).length);

function eventOf(stream: string): NewEvent {
  return { stream, type: 'Noted', schemaVersion: 1, data: { filling: FILLING } };
}

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done++) await work();
}
